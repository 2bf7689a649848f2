using System.Net;
using System.Net.Sockets;

namespace UserTcp.Tests.Api.Kit;

/// <summary>The two ends of a connection as streams: over loopback sockets, or over two stacks.</summary>
internal abstract class StreamEnds : IAsyncDisposable
{
    /// <summary>Bytes of each buffer, where the implementation lets it be set.</summary>
    public const int BufferSize = 64 << 10;

    /// <summary>The end under test.</summary>
    public required Stream Own { get; init; }

    /// <summary>The end that the test uses to cause things.</summary>
    public required Stream Peer { get; init; }

    /// <summary>Bytes that can be read at once.</summary>
    public abstract int Available { get; }

    /// <summary>True when a byte or more can be read at once.</summary>
    public abstract bool DataAvailable { get; }

    /// <summary>FIN from an end.</summary>
    public abstract void CompleteWrites(Stream end);

    /// <summary>RST from an end.</summary>
    public abstract void Abort(Stream end);

    public abstract ValueTask DisposeAsync();

    public static async Task<StreamEnds> OverSocketsAsync()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.ReceiveBufferSize = listener.SendBufferSize = BufferSize;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var own = new Socket(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveBufferSize = BufferSize,
            SendBufferSize = BufferSize,
        };
        await own.ConnectAsync(listener.LocalEndPoint!);
        var peer = await listener.AcceptAsync();
        return new OverSockets
        {
            Own = new NetworkStream(own, ownsSocket: true),
            Peer = new NetworkStream(peer, ownsSocket: true),
        };
    }

    public static async Task<StreamEnds> OverStacksAsync()
    {
        var pair = await StackPair.StartAsync(new PairOptions { BufferSize = BufferSize });
        var (own, peer) = await pair.ConnectAsync();
        own.NoDelay = true;
        return new OverStacks(pair) { Own = own.GetStream(), Peer = peer.GetStream() };
    }

    private sealed class OverSockets : StreamEnds
    {
        public override int Available => ((NetworkStream)Own).Socket.Available;

        public override bool DataAvailable => ((NetworkStream)Own).DataAvailable;

        public override void CompleteWrites(Stream end) => ((NetworkStream)end).Socket.Shutdown(SocketShutdown.Send);

        public override void Abort(Stream end)
        {
            var socket = ((NetworkStream)end).Socket;
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }

        public override async ValueTask DisposeAsync()
        {
            await Own.DisposeAsync();
            await Peer.DisposeAsync();
        }
    }

    private sealed class OverStacks(StackPair pair) : StreamEnds
    {
        public override int Available => ((UserTcpStream)Own).Connection.Available;

        public override bool DataAvailable => ((UserTcpStream)Own).DataAvailable;

        public override void CompleteWrites(Stream end) => ((UserTcpStream)end).CompleteWrites();

        public override void Abort(Stream end) => ((UserTcpStream)end).Abort();

        public override async ValueTask DisposeAsync()
        {
            await Own.DisposeAsync();
            await Peer.DisposeAsync();
            await pair.DisposeAsync();
        }
    }
}

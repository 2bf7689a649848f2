using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>Sending and receiving.</summary>
internal sealed partial class SocketLayer
{
    // The size of Linux's skb for one segment: the send buffer grows by two for each segment of cwnd.
    private const int BufferPerSegment = 2304;
    private const int MinBufferedSegments = 10;
    private const int MaxPiece = 65_536;

    private const MessageFlags NotThere = MessageFlags.FastOpen | MessageFlags.OutOfBand;

    public long Receive(int descriptor, Span<byte> buffer, MessageFlags flags)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (flags.HasFlag(MessageFlags.ErrorQueue))
            return Result.Of(Errno.TryAgain);
        if (flags.HasFlag(MessageFlags.OutOfBand))
            return Result.Of(Errno.Invalid);
        if (socket.Deferred is not null)
            return Result.Of(Errno.TryAgain);
        if (socket.IsListening || (!socket.WasConnected && !socket.IsConnecting && socket.Error == Errno.None))
            return Result.Of(Errno.NotConnected);
        var wanted = flags.HasFlag(MessageFlags.WaitAll)
            ? buffer.Length
            : Math.Min(socket.Settings.ReceiveLowWater, buffer.Length);
        var available = socket.Available;
        var ended = socket.ReadsShut || !socket.IsLive;
        if (available > 0 && (available >= wanted || ended))
            return socket.Read(buffer, flags.HasFlag(MessageFlags.Peek), flags.HasFlag(MessageFlags.Truncate));
        if (socket.PeerIsDone)
            return 0;
        if (socket.ConsumeError() is not Errno.None and var error)
            return Result.Of(error);
        if (ended || buffer.IsEmpty)
            return 0;
        return MayWait(socket, flags) ? Result.MustWait : Result.Of(Errno.TryAgain);
    }

    public long Send(int descriptor, ReadOnlySpan<byte> octets, MessageFlags flags)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if ((flags & NotThere) != 0)
            return Result.Of(Errno.NotSupported);
        if (socket.Deferred is { } remote)
            return OpenWith(socket, remote, octets, flags);
        if (socket.IsConnecting && socket.IsLive && !socket.WasConnected)
            return MayWait(socket, flags) ? Result.MustWait : Result.Of(Errno.TryAgain);
        // Data of a refused SYN has not been sent.
        if (socket is { WasConnected: false, IsLive: false, IsConnecting: true })
            socket.SentByBlockedCall = 0;
        var sent = socket.SentByBlockedCall;
        if (socket.Error != Errno.None && sent == 0)
            return Result.Of(socket.ConsumeError());
        if (!socket.IsLive || socket.WritesShut)
            return Finish(socket, sent > 0 ? sent : Result.Of(Errno.BrokenPipe));
        sent += HandOver(socket, octets[sent..]);
        if (sent == octets.Length)
            return Finish(socket, sent);
        socket.WantsRoom = true;
        if (MayWait(socket, flags))
        {
            socket.SentByBlockedCall = sent;
            return Result.MustWait;
        }

        return Finish(socket, sent > 0 ? sent : Result.Of(Errno.TryAgain));
    }

    /// <summary>Writable: a third of the buffer is free, and unsent data is below the limit.</summary>
    public bool HasRoom(SocketFile socket)
    {
        if (socket.Connection is null)
            return true;
        var snapshot = Engine.GetSnapshot(socket.Connection);
        return snapshot.SendQueue * 3 <= SendLimit(socket, snapshot) * 2 && Unsent(snapshot) < LowWater(socket);
    }

    private static long Finish(SocketFile socket, long result)
    {
        socket.SentByBlockedCall = 0;
        return result;
    }

    private static bool MayWait(SocketFile socket, MessageFlags flags) =>
        !socket.IsNonBlocking && !flags.HasFlag(MessageFlags.DoNotWait);

    private static long Unsent(ConnectionSnapshot snapshot) =>
        Math.Max(snapshot.SendQueue - unchecked((int)(snapshot.SndNxt - snapshot.SndUna)), 0);

    private uint LowWater(SocketFile socket) =>
        socket.Settings.NotSentLowWater == 0 ? _world.Settings.NotSentLowWater : socket.Settings.NotSentLowWater;

    private long SendLimit(SocketFile socket, ConnectionSnapshot snapshot)
    {
        if (socket.Settings.SendBuffer is { } fixedByUser)
            return fixedByUser;
        var segments = Math.Max(MinBufferedSegments, snapshot.CongestionWindow / Math.Max(snapshot.SendMss, 1));
        return Math.Max(
            _world.Settings.SendBuffer, Math.Min(2 * segments * BufferPerSegment, _world.Settings.MaxSendBuffer));
    }

    /// <summary>
    /// Queues data in pieces as Linux fills its buffers: half of the peer's max window, in whole segments. A new piece
    /// starts only while the buffer is not full.
    /// </summary>
    private int HandOver(SocketFile socket, ReadOnlySpan<byte> octets)
    {
        // A blocked writer continues only when the socket is writable again.
        if (socket.WantsRoom && !HasRoom(socket))
            return 0;
        socket.WantsRoom = false;
        var done = 0;
        while (done < octets.Length)
        {
            var snapshot = Engine.GetSnapshot(socket.Connection!);
            var unsent = Unsent(snapshot);
            var piece = PieceOf(snapshot);
            var inLast = (int)(unsent % piece);
            if (inLast == 0 && (snapshot.SendQueue >= SendLimit(socket, snapshot) || unsent >= LowWater(socket)))
                break;
            var length = Math.Min(piece - inLast, octets.Length - done);
            if (!Engine.Send(socket.Connection!, Chain(octets.Slice(done, length)), _world.Now))
                break;
            done += length;
            _world.Pump();
        }

        return done;
    }

    private static int PieceOf(ConnectionSnapshot snapshot)
    {
        var mss = Math.Max(snapshot.SendMss, 1);
        var half = (int)Math.Min(snapshot.SndWnd / 2, MaxPiece);
        return Math.Max(half / mss, 1) * mss;
    }

    private Block Chain(ReadOnlySpan<byte> octets)
    {
        var first = _world.Pool.Rent();
        var last = first;
        while (true)
        {
            octets = octets[last.Append(octets)..];
            if (octets.IsEmpty)
                return first;
            last.NextBlock = _world.Pool.Rent();
            last = last.NextBlock;
        }
    }
}

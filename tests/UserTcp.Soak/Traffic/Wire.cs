using System.Net;
using System.Net.Sockets;

namespace UserTcp.Soak.Traffic;

/// <summary>One end of a connection of the stack or the kernel.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly UserTcpConnection? _connection;
    private readonly Socket? _socket;

    public Wire(UserTcpConnection connection)
    {
        _connection = connection;
        Stream = connection.GetStream();
        Name = $"stack {connection.LocalEndPoint} - {connection.RemoteEndPoint}";
    }

    public Wire(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
        Name = $"kernel {socket.LocalEndPoint} - {socket.RemoteEndPoint}";
    }

    public Stream Stream { get; }

    /// <summary>The end, with both addresses and ports.</summary>
    public string Name { get; }

    /// <summary>The name and, for the stack, the state of the connection.</summary>
    public string Describe() => _connection is null ? Name : $"{Name}: {_connection.GetInfo()}";

    /// <summary>Sends FIN.</summary>
    public void CompleteWrites()
    {
        _connection?.CompleteWrites();
        _socket?.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Sends RST.</summary>
    public void Abort()
    {
        _connection?.Abort();
        if (_socket is null)
            return;
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>A listener of the stack or the kernel.</summary>
internal interface IListen : IAsyncDisposable
{
    IPEndPoint EndPoint { get; }

    Task<Wire> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>A TCP implementation with an address, which connects and listens.</summary>
internal interface IHost
{
    IPAddress Address { get; }

    Task<Wire> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken);

    Task<IListen> ListenAsync(int port);
}

/// <summary>The kernel's TCP.</summary>
internal sealed class KernelHost(IPAddress address) : IHost
{
    private const int Backlog = 512;

    public IPAddress Address => address;

    public async Task<Wire> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(remote, cancellationToken);
            return new Wire(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<IListen> ListenAsync(int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(Backlog);
        return Task.FromResult<IListen>(new Listening(socket));
    }

    private sealed class Listening(Socket socket) : IListen
    {
        public IPEndPoint EndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

        public async Task<Wire> AcceptAsync(CancellationToken cancellationToken) =>
            new(await socket.AcceptAsync(cancellationToken));

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The TCP of a stack.</summary>
internal sealed class StackHost(UserTcpStack stack, IPAddress address) : IHost
{
    public IPAddress Address => address;

    public async Task<Wire> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken) =>
        new(await stack.ConnectAsync(remote, cancellationToken));

    public async Task<IListen> ListenAsync(int port) =>
        new Listening(await stack.ListenAsync(new IPEndPoint(address, port)));

    private sealed class Listening(UserTcpListener listener) : IListen
    {
        public IPEndPoint EndPoint => listener.LocalEndPoint;

        public async Task<Wire> AcceptAsync(CancellationToken cancellationToken) =>
            new(await listener.AcceptConnectionAsync(cancellationToken));

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}

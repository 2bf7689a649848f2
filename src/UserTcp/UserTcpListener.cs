using System.Net;
using UserTcp.Listening;

namespace UserTcp;

/// <summary>A passive open: hands out the connections that peers make to it.</summary>
public sealed class UserTcpListener : IAsyncDisposable
{
    private readonly SharedListener _listener;

    internal UserTcpListener(SharedListener listener) => _listener = listener;

    /// <summary>Address and port listened on; the port is the one taken when 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>The oldest connection that waits, as soon as there is one. Any number of callers may wait at once.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">OperationAborted: the listener was disposed of while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The listener has been disposed of.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public ValueTask<UserTcpConnection> AcceptConnectionAsync(CancellationToken cancellationToken = default) =>
        _listener.Queue.AcceptAsync(cancellationToken);

    /// <summary>Closes the listener; connections that nobody has accepted are reset. The port is free when this has completed.</summary>
    public ValueTask DisposeAsync() => new(_listener.CloseAsync());
}

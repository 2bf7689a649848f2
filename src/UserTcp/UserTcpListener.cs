using System.Net;
using System.Runtime.CompilerServices;
using UserTcp.Connections;
using UserTcp.Listening;
using UserTcp.Telemetry;

namespace UserTcp;

/// <summary>A passive open: accepts the connections that peers make to its address and port.</summary>
public sealed class UserTcpListener : IAsyncDisposable
{
    private readonly SharedListener _listener;

    internal UserTcpListener(SharedListener listener) => _listener = listener;

    /// <summary>Address and port listened on; when port 0 was asked for, the port that was chosen.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>True when a connection waits to be accepted, as <c>TcpListener.Pending</c> says.</summary>
    /// <exception cref="ObjectDisposedException">The listener has been disposed of.</exception>
    public bool Pending() => _listener.Queue.HasPending();

    /// <summary>
    /// Accepts the oldest connection that waits, or waits for one. Any number of callers may wait at once.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">
    /// OperationAborted: the listener was disposed of while waiting.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The listener has been disposed of.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public ValueTask<UserTcpConnection> AcceptConnectionAsync(CancellationToken cancellationToken = default)
    {
        var accept = _listener.Queue.AcceptAsync(cancellationToken);
        return accept.IsCompletedSuccessfully ? new(Accept(accept.Result)) : WaitAsync(accept);
    }

    /// <summary>
    /// Closes the listener; resets connections that nobody has accepted. The port is free when the task has completed.
    /// </summary>
    public ValueTask DisposeAsync() => new(_listener.CloseAsync());

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<UserTcpConnection> WaitAsync(ValueTask<ConnectionPump> accept) =>
        Accept(await accept.ConfigureAwait(false));

    private static UserTcpConnection Accept(ConnectionPump pump)
    {
        var connection = new UserTcpConnection(pump);
        if (StackActivities.WantsAccepts)
            StackActivities.Accept(connection.RemoteEndPoint);
        return connection;
    }
}

using System.Net.Sockets;
using UserTcp.Connections;

namespace UserTcp.Listening;

/// <summary>
/// Where the loop and the accepters of a listener meet: connections that wait for an accepter, or accepters that wait for a
/// connection. The loop fetches a few connections ahead, so that accepting many costs no wake-up for each.
/// </summary>
internal sealed class AcceptQueue(ListenerPump pump, int prefetch, bool inlineContinuations)
{
    private readonly Lock _gate = new();
    private readonly Queue<UserTcpConnection> _connections = new();
    private readonly LinkedList<AcceptWaiter> _waiters = new();
    private CloseReason? _end;
    private bool _hasMore;

    private TaskCreationOptions WaiterOptions =>
        inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>The next connection; any thread, any number at once.</summary>
    public ValueTask<UserTcpConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<UserTcpConnection>(cancellationToken);
        LinkedListNode<AcceptWaiter>? node = null;
        UserTcpConnection? connection;
        bool isFetchDue;
        lock (_gate)
        {
            if (_end is not null)
                return ValueTask.FromException<UserTcpConnection>(AfterEnd(_end));
            if (!_connections.TryDequeue(out connection))
                node = _waiters.AddLast(new AcceptWaiter(WaiterOptions));
            isFetchDue = _hasMore && _connections.Count <= prefetch / 2;
        }

        if (isFetchDue)
            pump.RequestFetch();
        return node is null ? new ValueTask<UserTcpConnection>(connection!) : WaitAsync(node, cancellationToken);
    }

    /// <summary>
    /// Loop: true when another connection is to be fetched from the engine. Else <see cref="AcceptAsync"/> asks for it once
    /// there is need.
    /// </summary>
    public bool WantsMore()
    {
        lock (_gate)
        {
            var wantsMore = _end is null && (_waiters.Count > 0 || _connections.Count < prefetch);
            _hasMore = !wantsMore;
            return wantsMore;
        }
    }

    /// <summary>Loop: a connection for the accepter that has waited longest. False when the listener has been closed.</summary>
    public bool Offer(UserTcpConnection connection)
    {
        AcceptWaiter? waiter = null;
        lock (_gate)
        {
            if (_end is not null)
                return false;
            if (_waiters.First is { } first)
            {
                waiter = first.Value;
                _waiters.Remove(first);
            }
            else
            {
                _connections.Enqueue(connection);
            }
        }

        waiter?.SetResult(connection);
        return true;
    }

    /// <summary>Ends it: accepters get an exception, and connections that nobody took are reset.</summary>
    public void Close(CloseReason reason)
    {
        AcceptWaiter[] waiters;
        UserTcpConnection[] connections;
        lock (_gate)
        {
            if (_end is not null)
                return;
            _end = reason;
            waiters = [.. _waiters];
            connections = [.. _connections];
            _waiters.Clear();
            _connections.Clear();
        }

        foreach (var waiter in waiters)
            waiter.SetException(reason.Fault is null ? new SocketException((int)reason.Error) : reason.ToException());
        foreach (var connection in connections)
            connection.Discard();
    }

    private static Exception AfterEnd(CloseReason reason) =>
        reason.Fault is null ? new ObjectDisposedException(nameof(UserTcpListener)) : reason.ToException();

    private async ValueTask<UserTcpConnection> WaitAsync(LinkedListNode<AcceptWaiter> node, CancellationToken cancellationToken)
    {
        var waiter = node.Value;
        using (cancellationToken.UnsafeRegister(_ => Cancel(node, cancellationToken), null))
            return await waiter.Task.ConfigureAwait(false);
    }

    private void Cancel(LinkedListNode<AcceptWaiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null)
                return;
            _waiters.Remove(node);
        }

        node.Value.SetCanceled(cancellationToken);
    }
}

using System.Net.Sockets;
using UserTcp.Connections;

namespace UserTcp.Listening;

/// <summary>
/// Where the loops and the accepters of a listener meet: connections that wait for an accepter, or accepters that wait for a
/// connection. Each loop fetches a few connections ahead, so that accepting many costs no wake-up for each, and no more than its part, so
/// that no other loop's wait for ever.
/// </summary>
/// <param name="prefetch">Connections of each loop that wait here at most while nobody accepts.</param>
/// <param name="inlineContinuations">Whether an accepter goes on on the loop's thread.</param>
internal sealed class AcceptQueue(int prefetch, bool inlineContinuations)
{
    private readonly Lock _gate = new();
    private readonly Queue<(UserTcpConnection Connection, ListenerPump Part)> _connections = new();
    private readonly LinkedList<AcceptWaiter> _waiters = new();
    private ListenerPump[] _parts = [];
    private CloseReason? _end;

    private TaskCreationOptions WaiterOptions =>
        inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Takes in another loop's part of the listener.</summary>
    public void Add(ListenerPump part)
    {
        lock (_gate)
            _parts = [.. _parts, part];
    }

    /// <summary>The next connection; any thread, any number at once.</summary>
    public ValueTask<UserTcpConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<UserTcpConnection>(cancellationToken);
        LinkedListNode<AcceptWaiter>? node = null;
        (UserTcpConnection Connection, ListenerPump Part) next;
        lock (_gate)
        {
            if (_end is not null)
                return ValueTask.FromException<UserTcpConnection>(AfterEnd(_end));
            if (_connections.TryDequeue(out next))
                next.Part.Prefetched--;
            else
                node = _waiters.AddLast(new AcceptWaiter(WaiterOptions));
        }

        RequestFetches();
        return node is null ? new ValueTask<UserTcpConnection>(next.Connection) : WaitAsync(node, cancellationToken);
    }

    /// <summary>
    /// Loop: true when another connection is to be fetched from the engine. Else <see cref="AcceptAsync"/> asks for it once
    /// there is need.
    /// </summary>
    public bool TryBeginFetch(ListenerPump part)
    {
        lock (_gate)
        {
            var wantsMore = _end is null && (_waiters.Count > 0 || part.Prefetched < prefetch);
            part.HasMore = !wantsMore;
            return wantsMore;
        }
    }

    /// <summary>Loop: a connection for the accepter that has waited longest. False when the listener has been closed.</summary>
    public bool Offer(UserTcpConnection connection, ListenerPump part)
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
                _connections.Enqueue((connection, part));
                part.Prefetched++;
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
            connections = [.. _connections.Select(waiting => waiting.Connection)];
            _waiters.Clear();
            _connections.Clear();
        }

        foreach (var waiter in waiters)
            waiter.SetException(reason.Fault is null ? new SocketException((int)reason.Error) : reason.ToException());
        foreach (var connection in connections)
            connection.Discard();
    }

    /// <summary>Asks every loop that has more and has few here, or none while somebody waits.</summary>
    private void RequestFetches()
    {
        foreach (var part in Volatile.Read(ref _parts))
        {
            // Whoever has told its loop to wait before this thread took the gate is seen here; whoever does it later sees what it left.
            if (part.HasMore && part.Prefetched <= prefetch / 2)
                part.RequestFetch();
        }
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

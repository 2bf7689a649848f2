using System.Net.Sockets;
using UserTcp.Connections;
using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Listening;

/// <summary>
/// Where the loops and the accepters of a listener meet: connections that wait for an accepter, or accepters that wait
/// for a connection. Each loop fetches a few connections ahead, so that accepting many does not wake it for each; its
/// share is limited, so that every loop's connections get their turn.
/// </summary>
/// <param name="prefetch">Max connections of each loop that wait here while nobody accepts.</param>
/// <param name="inlineContinuations">True when an accepter's continuation runs on the loop's thread.</param>
internal sealed class AcceptQueue(int prefetch, bool inlineContinuations)
{
    private readonly Lock _gate = new();
    private readonly Queue<(ConnectionPump Connection, AcceptPart Part)> _connections = new();
    private readonly LinkedList<AcceptWaiter> _waiters = new();
    private AcceptPart[] _parts = [];
    private CloseReason? _end;

    private TaskCreationOptions WaiterOptions =>
        inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Adds a loop, which runs <paramref name="fetch"/> when the queue wants more connections of it.</summary>
    public AcceptPart AddPart(LoopMailbox mailbox, LoopRequest fetch)
    {
        var part = new AcceptPart(mailbox, fetch);
        lock (_gate)
            _parts = [.. _parts, part];
        return part;
    }

    /// <summary>The next connection; any thread, any number at once.</summary>
    public ValueTask<ConnectionPump> AcceptAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ConnectionPump>(cancellationToken);
        LinkedListNode<AcceptWaiter>? node = null;
        (ConnectionPump Connection, AcceptPart Part) next;
        lock (_gate)
        {
            if (_end is not null)
                return ValueTask.FromException<ConnectionPump>(AfterEnd(_end));
            if (_connections.TryDequeue(out next))
                next.Part.Prefetched--;
            else
                node = _waiters.AddLast(new AcceptWaiter(WaiterOptions));
        }

        RequestFetches();
        return node is null ? new ValueTask<ConnectionPump>(next.Connection) : WaitAsync(node, cancellationToken);
    }

    /// <summary>True when a connection waits, here or in an engine; any thread.</summary>
    public bool HasPending()
    {
        lock (_gate)
        {
            return _end is null ? _connections.Count > 0 || _parts.Any(part => part.HasMore) : throw AfterEnd(_end);
        }
    }

    /// <summary>
    /// Loop: true when another connection is to be fetched from the engine. Otherwise records whether the engine has
    /// more, so that <see cref="AcceptAsync"/> asks for it when needed.
    /// </summary>
    /// <param name="part">The loop's part.</param>
    /// <param name="hasMore">True when the engine has a connection.</param>
    public bool TryBeginFetch(AcceptPart part, bool hasMore)
    {
        lock (_gate)
        {
            var wantsMore = _end is null && (_waiters.Count > 0 || part.Prefetched < prefetch);
            part.HasMore = hasMore && !wantsMore;
            return hasMore && wantsMore;
        }
    }

    /// <summary>
    /// Loop: gives a connection to the accepter that has waited longest, or queues it. False when the listener is
    /// closed.
    /// </summary>
    public bool TryOffer(ConnectionPump connection, AcceptPart part)
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

    /// <summary>
    /// Ends the queue: accepters get an exception, and connections that nobody has accepted are reset.
    /// </summary>
    public void Close(CloseReason reason)
    {
        AcceptWaiter[] waiters;
        ConnectionPump[] connections;
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

    private static Exception AfterEnd(CloseReason reason) =>
        reason.Fault is null ? new ObjectDisposedException(nameof(UserTcpListener)) : reason.ToException();

    /// <summary>Asks every loop whose engine may have more, and which has few connections here.</summary>
    private void RequestFetches()
    {
        foreach (var part in Volatile.Read(ref _parts))
        {
            // A part that recorded HasMore before this thread took the gate is seen here; one that records it later
            // sees what is in the queue now.
            if (part.HasMore && part.Prefetched <= prefetch / 2)
                part.RequestFetch();
        }
    }

    private async ValueTask<ConnectionPump> WaitAsync(
        LinkedListNode<AcceptWaiter> node, CancellationToken cancellationToken)
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

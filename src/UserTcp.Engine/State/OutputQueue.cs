namespace UserTcp.Engine.State;

/// <summary>Queues the connections that may have something to send. A connection is in it at most once.</summary>
internal sealed class OutputQueue
{
    private readonly Queue<Tcb> _queue = new();

    /// <summary>Queues a live connection, unless it is queued already.</summary>
    public void Add(Tcb tcb)
    {
        if (tcb.HasQueuedOutput || !tcb.IsLive)
            return;
        tcb.HasQueuedOutput = true;
        _queue.Enqueue(tcb);
    }

    /// <summary>Dequeues the next live connection. False when there is none.</summary>
    public bool TryDequeue(out Tcb tcb)
    {
        while (_queue.TryDequeue(out tcb!))
        {
            tcb.HasQueuedOutput = false;
            if (tcb.IsLive)
                return true;
        }

        return false;
    }
}

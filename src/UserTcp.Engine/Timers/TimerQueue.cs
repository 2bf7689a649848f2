namespace UserTcp.Engine.Timers;

/// <summary>
/// Orders connections by the deadline at which they want to be looked at. A deadline that moves later leaves the heap alone; the
/// connection is looked at too early once, and put back. So restarting a timer with every acknowledgment costs nothing here.
/// </summary>
internal sealed class TimerQueue
{
    private const int NotQueued = -1;

    private readonly DeadlineHeap<Tcb, Store> _heap = new(default);

    public int Count => _heap.Count;

    public MonotonicTime NextDeadline => _heap.NextDeadline;

    /// <summary>Takes note of a connection's timers after they changed.</summary>
    public void Update(Tcb tcb)
    {
        var earliest = tcb.Timers.Earliest;
        if (tcb.TimerQueueIndex == NotQueued)
        {
            if (earliest == MonotonicTime.Never)
                return;
            tcb.QueuedDeadline = earliest;
            _heap.Add(tcb);
        }
        else if (earliest < tcb.QueuedDeadline)
        {
            tcb.QueuedDeadline = earliest;
            _heap.Advance(tcb);
        }
    }

    /// <summary>The next connection of which a timer has expired; it is no longer in the queue.</summary>
    public bool TryTakeDue(MonotonicTime now, out Tcb due)
    {
        while (_heap.Count > 0 && _heap.NextDeadline <= now)
        {
            due = _heap.First;
            _heap.Remove(due);
            if (due.Timers.Earliest <= now)
                return true;
            Update(due);
        }

        due = null!;
        return false;
    }

    public void Remove(Tcb tcb)
    {
        if (tcb.TimerQueueIndex != NotQueued)
            _heap.Remove(tcb);
    }

    private readonly struct Store : IDeadlineStore<Tcb>
    {
        public MonotonicTime DeadlineOf(Tcb item) => item.QueuedDeadline;

        public int PlaceOf(Tcb item) => item.TimerQueueIndex;

        public void SetPlace(Tcb item, int place) => item.TimerQueueIndex = place;
    }
}

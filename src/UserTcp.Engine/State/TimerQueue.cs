using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.State;

/// <summary>
/// Orders connections by the deadline at which they want to be looked at. A deadline that moves later leaves the heap alone; the
/// connection is looked at too early once, and put back. So restarting a timer with every acknowledgment costs nothing here.
/// </summary>
internal sealed class TimerQueue
{
    /// <summary>Deadlines kept for the next connection that needs some: nothing is allocated while connections come to rest and wake again.</summary>
    private const int MaxSpare = 1024;

    private readonly DeadlineHeap<Deadlines, Store> _heap = new(default);
    private readonly Stack<Deadlines> _spare = new();

    public int Count => _heap.Count;

    /// <inheritdoc cref="ConnectionTable.IsChanging"/>
    public bool IsChanging => _heap.IsChanging;

    public MonotonicTime NextDeadline => _heap.NextDeadline;

    /// <summary>Starts or restarts a timer; <see cref="Update"/> has to follow.</summary>
    public void Set(Tcb tcb, TcbTimer timer, MonotonicTime deadline) => (tcb.Timers.Running ??= Rent(tcb))[timer] = deadline;

    /// <summary>Takes note of a connection's timers after they changed.</summary>
    public void Update(Tcb tcb)
    {
        if (tcb.Timers.Running is not { } running)
            return;
        var earliest = running.Earliest;
        if (running.Place != Deadlines.NotQueued)
        {
            if (earliest < running.QueuedFor)
            {
                running.QueuedFor = earliest;
                _heap.Advance(running);
            }
        }
        else if (earliest != MonotonicTime.Never)
        {
            running.QueuedFor = earliest;
            _heap.Add(running);
        }
        else
        {
            Return(tcb, running);
        }
    }

    /// <summary>The next connection of which a timer has expired; it is no longer in the queue until <see cref="Update"/>.</summary>
    public bool TryDequeueDue(MonotonicTime now, out Tcb due)
    {
        while (_heap.Count > 0 && _heap.NextDeadline <= now)
        {
            var running = _heap.First;
            due = running.Tcb!;
            _heap.Remove(running);
            if (running.Earliest <= now)
                return true;
            due.Unpark();
            Update(due);
        }

        due = null!;
        return false;
    }

    /// <summary>Stops all timers of a connection.</summary>
    public void Remove(Tcb tcb)
    {
        if (tcb.Timers.Running is not { } running)
            return;
        if (running.Place != Deadlines.NotQueued)
            _heap.Remove(running);
        running.StopAll();
        Return(tcb, running);
    }

    private Deadlines Rent(Tcb tcb)
    {
        var deadlines = _spare.TryPop(out var spare) ? spare : new Deadlines();
        deadlines.Tcb = tcb;
        return deadlines;
    }

    private void Return(Tcb tcb, Deadlines deadlines)
    {
        tcb.Timers.Running = null;
        deadlines.Tcb = null;
        if (_spare.Count < MaxSpare)
            _spare.Push(deadlines);
    }

    private readonly struct Store : IDeadlineStore<Deadlines>
    {
        public MonotonicTime DeadlineOf(Deadlines item) => item.QueuedFor;

        public int PlaceOf(Deadlines item) => item.Place;

        public void SetPlace(Deadlines item, int place) => item.Place = place;
    }
}

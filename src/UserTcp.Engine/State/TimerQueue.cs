using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.State;

/// <summary>
/// The timers of one connection, each independent of the others. While none runs, this holds no memory but a null
/// reference. Leaving the connection updates the timer queue (<see cref="CurrentConnection.Leave"/>).
/// </summary>
internal struct ConnectionTimers(Tcb tcb, TimerQueue queue)
{
    /// <summary>The deadlines; null while no timer runs. Only the queue and parking set it.</summary>
    public Deadlines? Running;

    /// <summary>The deadline of a timer; <see cref="MonotonicTime.Never"/> while it does not run.</summary>
    public readonly MonotonicTime this[TcbTimer timer] => Running is { } running ? running[timer] : MonotonicTime.Never;

    public readonly MonotonicTime Earliest => Running is { } running ? running.Earliest : MonotonicTime.Never;

    public readonly bool IsRunning(TcbTimer timer) => this[timer] != MonotonicTime.Never;

    /// <summary>Starts or restarts a timer.</summary>
    public void Set(TcbTimer timer, MonotonicTime deadline) => (Running ??= queue.Rent(tcb))[timer] = deadline;

    public readonly void Stop(TcbTimer timer)
    {
        if (Running is { } running)
            running[timer] = MonotonicTime.Never;
    }

    /// <summary>Stops the timer and returns true if it has expired.</summary>
    public readonly bool TryExpire(TcbTimer timer, MonotonicTime now)
    {
        if (this[timer] > now)
            return false;
        Stop(timer);
        return true;
    }
}

/// <summary>The deadlines of one connection, lent by <see cref="TimerQueue"/>.</summary>
internal sealed class Deadlines
{
    public const int NotQueued = -1;

    private const int Count = (int)TcbTimer.MinProgress + 1;

    private Times _times;

    public Deadlines() => StopAll();

    /// <summary>The connection; null while they are spare.</summary>
    public Tcb? Tcb { get; set; }

    /// <summary>The index in the queue's heap.</summary>
    public int Place { get; set; } = NotQueued;

    /// <summary>
    /// While <see cref="TcbTimer.MinProgress"/> runs: bytes over the connection's life that the peer must have
    /// acknowledged when it expires.
    /// </summary>
    public long ProgressTarget { get; set; }

    /// <summary>The deadline that orders the heap. No running timer is earlier.</summary>
    public MonotonicTime QueuedFor { get; set; }

    /// <summary>
    /// The earliest deadline set since <see cref="TimerQueue.Update"/> last read all timers; it may have been stopped
    /// since.
    /// </summary>
    public MonotonicTime EarliestSet { get; set; } = MonotonicTime.Never;

    public MonotonicTime Earliest
    {
        get
        {
            var earliest = _times[0];
            for (var i = 1; i < Count; i++)
                earliest = MonotonicTime.Min(earliest, _times[i]);
            return earliest;
        }
    }

    public MonotonicTime this[TcbTimer timer]
    {
        get => _times[(int)timer];
        set
        {
            _times[(int)timer] = value;
            EarliestSet = MonotonicTime.Min(EarliestSet, value);
        }
    }

    public void StopAll() => _times[..].Fill(MonotonicTime.Never);

    [InlineArray(Count)]
    private struct Times
    {
        private MonotonicTime _first;
    }
}

/// <summary>
/// Orders connections by their earliest deadline. A deadline that moves later leaves the heap as it is: the connection
/// is dequeued early once and put back. So restarting a timer with every ACK does not change the heap.
/// </summary>
internal sealed class TimerQueue
{
    // Spare deadlines, so that connections that become idle and busy in turn allocate nothing.
    private const int MaxSpare = 1024;

    private readonly DeadlineHeap<Deadlines, Store> _heap = new(default);
    private readonly Stack<Deadlines> _spare = new();

    public int Count => _heap.Count;

    /// <inheritdoc cref="ConnectionTable.IsChanging"/>
    public bool IsChanging => _heap.IsChanging;

    public MonotonicTime NextDeadline => _heap.NextDeadline;

    /// <summary>Updates the connection's place in the heap after its timers have changed.</summary>
    public void Update(Tcb tcb)
    {
        if (tcb.Timers.Running is not { } running)
            return;
        var isQueued = running.Place != Deadlines.NotQueued;
        if (isQueued && running.EarliestSet >= running.QueuedFor)
            return;
        var earliest = running.Earliest;
        running.EarliestSet = MonotonicTime.Never;
        if (isQueued)
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

    /// <summary>Dequeues the next connection with an expired timer; <see cref="Update"/> queues it again.</summary>
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
        running.EarliestSet = MonotonicTime.Never;
        running.StopAll();
        Return(tcb, running);
    }

    /// <summary>Lends deadlines to a connection that starts its first timer.</summary>
    public Deadlines Rent(Tcb tcb)
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

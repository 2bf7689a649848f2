using UserTcp.Engine.Contract;

namespace UserTcp.Loop;

/// <summary>
/// The events that wait for a watcher, with a <see cref="TraceEventKind.Gap"/> wherever it has missed some. One thread
/// at a time writes and one reads, without locks: a reader of low priority never holds up a loop. A full queue takes
/// nothing until half of it has been read, so that a slow watcher gets runs of events without gaps in them.
/// </summary>
/// <param name="length">Max events that wait: a power of 2.</param>
/// <param name="last">The number of the last event that this watcher does not get.</param>
/// <param name="onRoom">Called by the reader when a full queue takes events again.</param>
internal sealed class WatchQueue(int length, long last, Action onRoom)
{
    private readonly TraceEvent[] _events = new TraceEvent[length];
    private long _read;
    private long _written;
    private long _missedTo;
    private long _start = last;
    private bool _hasBegun;
    private long _last = last;
    private MonotonicTime _lastTime;
    private volatile bool _isFull;
    private volatile bool _isComplete;
    private TaskCompletionSource? _waiter;

    /// <summary>False from the moment when the queue is full until half of it has been read.</summary>
    public bool HasRoom => !_isFull && !_isComplete;

    private bool IsEmpty => Volatile.Read(ref _read) == Volatile.Read(ref _written);

    private bool HasNews => !IsEmpty || Volatile.Read(ref _missedTo) > Last;

    /// <summary>The number of the last event that was read, or missed, or came before this watcher.</summary>
    private long Last => Math.Max(_last, Volatile.Read(ref _start));

    /// <summary>Adds an event. False when there is no room: the watcher misses it.</summary>
    public bool TryWrite(in TraceEvent traceEvent)
    {
        if (!HasRoom)
        {
            Miss(traceEvent.Number);
            return false;
        }

        if (!_hasBegun)
        {
            _hasBegun = true;
            Volatile.Write(ref _start, traceEvent.Number - 1);
        }

        _events[_written & (length - 1)] = traceEvent;
        Volatile.Write(ref _written, _written + 1);
        if (_written - Volatile.Read(ref _read) == length)
        {
            _isFull = true;
            // The reader may have read on meanwhile, and looked at the flag before it was set.
            Interlocked.MemoryBarrier();
            if (_written - Volatile.Read(ref _read) <= length / 2)
                _isFull = false;
        }

        WakeReader();
        return true;
    }

    /// <summary>
    /// The watcher misses all events up to a number. Nothing before its first event: what other watchers have missed
    /// then has happened before it began, and is only counted now.
    /// </summary>
    public void Miss(long number)
    {
        if (!_hasBegun)
            return;
        Volatile.Write(ref _missedTo, number);
        WakeReader();
    }

    /// <summary>No event comes any more; those that wait can still be read.</summary>
    public void Complete()
    {
        _isComplete = true;
        WakeReader();
    }

    /// <summary>Removes the oldest event, or the gap in front of it. False when there is nothing.</summary>
    public bool TryRead(out TraceEvent traceEvent)
    {
        // Read before the look at the queue: what it holds comes before a gap that is known now.
        var missedTo = Volatile.Read(ref _missedTo);
        if (IsEmpty)
        {
            traceEvent = default;
            return missedTo > Last && Pass(missedTo, _lastTime, out traceEvent);
        }

        ref readonly var next = ref _events[_read & (length - 1)];
        if (next.Number > Last + 1)
            return Pass(next.Number - 1, next.Time, out traceEvent);
        traceEvent = next;
        (_last, _lastTime) = (next.Number, next.Time);
        Volatile.Write(ref _read, _read + 1);
        Interlocked.MemoryBarrier();
        if (_isFull && Volatile.Read(ref _written) - _read <= length / 2)
        {
            _isFull = false;
            onRoom();
        }

        return true;
    }

    /// <summary>Waits until there is something to read. False when nothing comes any more.</summary>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        while (!HasNews)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiter, waiter);
            if (HasNews)
                break;
            if (_isComplete)
                return HasNews;
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>The gap up to a number.</summary>
    private bool Pass(long number, MonotonicTime time, out TraceEvent gap)
    {
        gap = new TraceEvent
        {
            Number = number,
            Kind = TraceEventKind.Gap,
            Time = time,
            Tuple = default,
            Missed = number - Last,
        };
        _last = number;
        return true;
    }

    private void WakeReader()
    {
        // A read first: most of the time no reader waits, and an exchange costs more.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiter) is not null && Interlocked.Exchange(ref _waiter, null) is { } waiter)
            waiter.TrySetResult();
    }
}

using UserTcp.Engine.Buffers;

namespace UserTcp.Requests;

/// <summary>
/// Frames that other loops have read for this one: many producers, one consumer, which dequeues everything at once.
/// Ownership of the blocks moves without a lock. Bounded, so that a flood of frames cannot grow it while its loop is
/// busy.
/// </summary>
/// <param name="limit">Max frames.</param>
internal sealed class HandOverQueue(int limit)
{
    private Block? _newest;
    private int _count;

    /// <summary>True when nothing is queued.</summary>
    public bool IsEmpty => Volatile.Read(ref _newest) is null;

    /// <summary>
    /// Appends a frame, which the queue then owns; any thread. A full fence. False when the queue is full.
    /// </summary>
    public bool TryPush(Block frame)
    {
        if (Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        var newest = Volatile.Read(ref _newest);
        while (true)
        {
            frame.NextBlock = newest;
            var seen = Interlocked.CompareExchange(ref _newest, frame, newest);
            if (ReferenceEquals(seen, newest))
                return true;
            newest = seen;
        }
    }

    /// <summary>Dequeues all frames, as a chain from the oldest to the newest; null when there is none.</summary>
    public Block? DequeueAll()
    {
        if (IsEmpty)
            return null;
        var frame = Interlocked.Exchange(ref _newest, null);
        var count = 0;
        Block? oldest = null;
        while (frame is not null)
        {
            var next = frame.NextBlock;
            frame.NextBlock = oldest;
            oldest = frame;
            frame = next;
            count++;
        }

        Interlocked.Add(ref _count, -count);
        return oldest;
    }
}

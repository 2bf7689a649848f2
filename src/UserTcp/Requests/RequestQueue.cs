namespace UserTcp.Loop;

/// <summary>
/// A queue with many producers and one consumer, which takes everything at once. An item may be in it only once at a time.
/// </summary>
internal sealed class RequestQueue
{
    private LoopRequest? _newest;

    /// <summary>True when nothing is queued.</summary>
    public bool IsEmpty => Volatile.Read(ref _newest) is null;

    /// <summary>Appends an item; any thread. A full fence.</summary>
    public void Push(LoopRequest item)
    {
        LoopRequest newest = Volatile.Read(ref _newest);
        while (true)
        {
            item.NextRequest = newest;
            LoopRequest seen = Interlocked.CompareExchange(ref _newest, item, newest);
            if (ReferenceEquals(seen, newest))
                return;
            newest = seen;
        }
    }

    /// <summary>Takes all items, linked from the oldest to the newest.</summary>
    public LoopRequest? DequeueAll()
    {
        if (IsEmpty)
            return null;
        LoopRequest item = Interlocked.Exchange(ref _newest, null);
        LoopRequest? oldest = null;
        while (item is not null)
        {
            LoopRequest next = item.NextRequest;
            item.NextRequest = oldest;
            oldest = item;
            item = next;
        }

        return oldest;
    }
}

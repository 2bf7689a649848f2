namespace UserTcp.Loop;

/// <summary>
/// A queue with many producers and one consumer, which takes everything at once. An item may be in it only once at a time.
/// </summary>
internal sealed class LoopQueue
{
    private LoopItem? _newest;

    /// <summary>True when nothing is queued.</summary>
    public bool IsEmpty => Volatile.Read(ref _newest) is null;

    /// <summary>Appends an item; any thread. A full fence.</summary>
    public void Push(LoopItem item)
    {
        var newest = Volatile.Read(ref _newest);
        while (true)
        {
            item.NextItem = newest;
            var seen = Interlocked.CompareExchange(ref _newest, item, newest);
            if (ReferenceEquals(seen, newest))
                return;
            newest = seen;
        }
    }

    /// <summary>Takes all items, linked from the oldest to the newest.</summary>
    public LoopItem? TakeAll()
    {
        if (IsEmpty)
            return null;
        var item = Interlocked.Exchange(ref _newest, null);
        LoopItem? oldest = null;
        while (item is not null)
        {
            var next = item.NextItem;
            item.NextItem = oldest;
            oldest = item;
            item = next;
        }

        return oldest;
    }
}

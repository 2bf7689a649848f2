namespace UserTcp.Requests;

/// <summary>
/// A lock-free queue with many producers and one consumer, which dequeues everything at once. A request may be in it
/// only once at a time.
/// </summary>
internal sealed class RequestQueue
{
    private LoopRequest? _newest;

    /// <summary>True when nothing is queued.</summary>
    public bool IsEmpty => Volatile.Read(ref _newest) is null;

    /// <summary>Appends a request; any thread. A full fence.</summary>
    public void Push(LoopRequest request)
    {
        var newest = Volatile.Read(ref _newest);
        while (true)
        {
            request.NextRequest = newest;
            var seen = Interlocked.CompareExchange(ref _newest, request, newest);
            if (ReferenceEquals(seen, newest))
                return;
            newest = seen;
        }
    }

    /// <summary>Dequeues all requests, linked from the oldest to the newest; null when there is none.</summary>
    public LoopRequest? DequeueAll()
    {
        if (IsEmpty)
            return null;
        var request = Interlocked.Exchange(ref _newest, null);
        LoopRequest? oldest = null;
        while (request is not null)
        {
            var next = request.NextRequest;
            request.NextRequest = oldest;
            oldest = request;
            request = next;
        }

        return oldest;
    }
}

using UserTcp.Requests;

namespace UserTcp.Listening;

/// <summary>
/// One loop's part of an <see cref="AcceptQueue"/>: its connections in the queue, and how the loop is asked for more.
/// </summary>
/// <param name="mailbox">The loop's mailbox.</param>
/// <param name="fetch">
/// The request that fetches connections from the engine; it calls <see cref="BeginFetch"/> first.
/// </param>
internal sealed class AcceptPart(LoopMailbox mailbox, LoopRequest fetch)
{
    private int _isQueued;

    /// <summary>Its connections in the queue; only the queue touches it.</summary>
    public int Prefetched { get; set; }

    /// <summary>True when the engine has more; only the queue touches it.</summary>
    public bool HasMore { get; set; }

    /// <summary>Asks the loop to fetch connections; any thread.</summary>
    public void RequestFetch()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0)
            mailbox.Post(fetch);
    }

    /// <summary>The request runs: from now on it can be queued again.</summary>
    public void BeginFetch() => Interlocked.Exchange(ref _isQueued, 0);
}

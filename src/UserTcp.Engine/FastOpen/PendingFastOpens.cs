using UserTcp.Engine.Contract;

namespace UserTcp.Engine.FastOpen;

/// <summary>
/// A listener's connections that are used before their handshake is complete (PendingFastOpenRequests of RFC 7413 section 5.1). One that a
/// RST has ended counts on for a while: else spoofed SYNs and RSTs from whom they are blamed on would go around the limit.
/// </summary>
internal sealed class PendingFastOpens
{
    private static readonly TimeSpan ResetCountsFor = TimeSpan.FromSeconds(60);

    private readonly Queue<MonotonicTime> _resets = new();
    private int _count;

    /// <summary>Counts one more; false when there are too many.</summary>
    public bool TryAdd(int limit, MonotonicTime now)
    {
        while (_resets.TryPeek(out var reset) && now - reset > ResetCountsFor)
            _resets.Dequeue();
        if (_count + _resets.Count >= limit)
            return false;
        _count++;
        return true;
    }

    /// <summary>One is established, or over.</summary>
    public void Remove() => _count--;

    /// <summary>One is about to be over for a RST.</summary>
    public void OnReset(MonotonicTime now) => _resets.Enqueue(now);
}

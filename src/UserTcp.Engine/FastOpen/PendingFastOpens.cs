using UserTcp.Engine.Contract;

namespace UserTcp.Engine.FastOpen;

/// <summary>
/// Counts a listener's connections that deliver data before their handshake completes: PendingFastOpenRequests
/// (RFC 7413 section 5.1). A connection that a RST has ended counts for another minute; otherwise spoofed SYNs, and the
/// RSTs they provoke, would bypass the limit.
/// </summary>
internal sealed class PendingFastOpens
{
    private static readonly TimeSpan ResetDuration = TimeSpan.FromSeconds(60);

    private readonly Queue<MonotonicTime> _resets = new();
    private int _count;

    /// <summary>Counts a connection; false at the limit.</summary>
    public bool TryAdd(int limit, MonotonicTime now)
    {
        while (_resets.TryPeek(out var reset) && now - reset > ResetDuration)
            _resets.Dequeue();
        if (_count + _resets.Count >= limit)
            return false;
        _count++;
        return true;
    }

    /// <summary>A connection is established or has ended.</summary>
    public void Remove() => _count--;

    /// <summary>A RST is about to end a connection.</summary>
    public void OnReset(MonotonicTime now) => _resets.Enqueue(now);
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// SYN cookies that have opened a connection, kept while they are valid. An old duplicate of the ACK must not open the
/// connection again after it has ended (RFC 9293 section 3.5). Each entry belongs to a peer that has proved its
/// address.
/// </summary>
internal sealed class SpentCookies(int limit)
{
    // Bytes. A connection that has sent more counts as another one; the cost is one RST for a connection that has
    // ended.
    private const uint Reach = 1 << 24;

    // The cookies of tick _tick and of the one before, by the keyed hash of their four-tuples; created on first use.
    private Dictionary<ulong, SeqNum>? _current;
    private Dictionary<ulong, SeqNum>? _previous;
    private long _tick;

    /// <summary>Entries of both ticks; expired ones count until the next cookie is spent.</summary>
    public int Count => (_current?.Count ?? 0) + (_previous?.Count ?? 0);

    /// <summary>True when SEG.ACK is within 16 MiB after the cookie that a four-tuple has spent last.</summary>
    public bool IsOfSpent(ulong tuple, SeqNum ack, MonotonicTime now) =>
        TryFind(tuple, now, out var spent) && ack.IsIn(spent + 1, Reach);

    /// <summary>True when a cookie is the one that a four-tuple has spent last.</summary>
    public bool IsSpent(ulong tuple, SeqNum cookie, MonotonicTime now) =>
        TryFind(tuple, now, out var spent) && spent == cookie;

    /// <summary>Records a cookie as spent; beyond the limit of a tick it is not recorded.</summary>
    public void Spend(ulong tuple, SeqNum cookie, MonotonicTime now)
    {
        Advance(now);
        _current ??= [];
        if (_current.Count < limit || _current.ContainsKey(tuple))
            _current[tuple] = cookie;
    }

    private bool TryFind(ulong tuple, MonotonicTime now, out SeqNum cookie)
    {
        cookie = default;
        if (_current is null)
            return false;
        return (SynCookie.TickAt(now) - _tick) switch
        {
            0 => _current.TryGetValue(tuple, out cookie) || (_previous?.TryGetValue(tuple, out cookie) ?? false),
            1 => _current.TryGetValue(tuple, out cookie),
            _ => false,
        };
    }

    /// <summary>Moves on to the tick of <paramref name="now"/>, and drops the entries that have expired.</summary>
    private void Advance(MonotonicTime now)
    {
        var tick = SynCookie.TickAt(now);
        if (tick == _tick)
            return;
        _previous = tick == _tick + 1 ? _current : null;
        _current = _previous is null ? null : [];
        _tick = tick;
    }
}

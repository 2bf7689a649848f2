using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// The SYN cookies that have become a connection, for as long as they are valid: an old duplicate of the ACK must not open it again after it
/// is over (RFC 9293 section 3.5 has the handshake for that). Each entry stands for a peer that has proved its address.
/// </summary>
internal sealed class SpentCookies(int limit)
{
    // Bytes. A connection that has sent more is taken for another one, which costs a RST of something that is over.
    private const uint Reach = 1 << 24;

    // The peers of this tick and of the one before, by the keyed hash of their four-tuples; made when first needed.
    private Dictionary<ulong, SeqNum>? _current;
    private Dictionary<ulong, SeqNum>? _previous;
    private long _tick;

    /// <summary>Entries of both ticks.</summary>
    public int Count => (_current?.Count ?? 0) + (_previous?.Count ?? 0);

    /// <summary>True when an acknowledgment number lies in the first bytes that the last connection of a four-tuple has sent after its cookie.</summary>
    public bool IsOfSpent(ulong tuple, SeqNum ack, MonotonicTime now) => TryFind(tuple, now, out var spent) && ack.IsIn(spent + 1, Reach);

    /// <summary>True when that cookie is the last that a four-tuple has spent.</summary>
    public bool IsSpent(ulong tuple, SeqNum cookie, MonotonicTime now) => TryFind(tuple, now, out var spent) && spent == cookie;

    /// <summary>Records a cookie as spent. Beyond the limit of a tick it is forgotten.</summary>
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
        Advance(now);
        return (_current?.TryGetValue(tuple, out cookie) ?? false) || (_previous?.TryGetValue(tuple, out cookie) ?? false);
    }

    /// <summary>Forgets what is no longer valid.</summary>
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

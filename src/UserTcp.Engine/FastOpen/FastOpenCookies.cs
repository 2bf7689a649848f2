using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.FastOpen;

/// <summary>
/// Cookies: those that we give, a keyed hash of both addresses (RFC 7413 section 4.1.2), and those that peers have given us (section
/// 4.1.3.1), of which the oldest go when there are too many.
/// </summary>
internal sealed class FastOpenCookies(SipKey key, int limit)
{
    // For how long a path on which SYNs with the option vanish is spared them; Linux begins with an hour too.
    private static readonly TimeSpan BlackHoleLasts = TimeSpan.FromHours(1);

    // As long as our own listeners count a connection that a RST has ended (RFC 7413 section 5.1).
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IpAddress, Entry> _peers = [];
    private readonly Queue<IpAddress> _oldestFirst = new();

    /// <summary>The cookie that a peer gets from us, and has to show: Linux's, if it has the same key, so that both may serve one address.</summary>
    public FastOpenCookie CookieOf(in FourTuple tuple)
    {
        Span<byte> addresses = stackalloc byte[32];
        var length = tuple.RemoteAddress.Write(addresses);
        length += tuple.LocalAddress.Write(addresses[length..]);
        return FastOpenCookie.Of(BinaryPrimitives.ReverseEndianness(SipHash24.Hash(key, addresses[..length])));
    }

    /// <summary>The option for a SYN to a peer, and the text that may go with it: none without a cookie.</summary>
    public FastOpenCookie OptionFor(IpAddress peer, MonotonicTime now, out int mss)
    {
        mss = 0;
        if (!_peers.TryGetValue(peer, out var entry))
            return FastOpenCookie.Request;
        if (now < entry.NotBefore)
            return default;
        mss = entry.Mss;
        return entry.Cookie.HasCookie ? entry.Cookie : FastOpenCookie.Request;
    }

    /// <summary>The peer has given a cookie.</summary>
    public void Remember(IpAddress peer, FastOpenCookie cookie, int mss) => Put(peer, new Entry(cookie, mss, MonotonicTime.Zero));

    /// <summary>The peer's cookie stays what it was, if there is one; its MSS is what it says now (section 4.1.3).</summary>
    public void RememberMss(IpAddress peer, int mss)
    {
        if (_peers.TryGetValue(peer, out var entry))
            _peers[peer] = entry with { Mss = mss };
    }

    /// <summary>The peer's cookie is this one.</summary>
    public bool IsKnown(IpAddress peer, FastOpenCookie cookie) => _peers.TryGetValue(peer, out var entry) && entry.Cookie == cookie;

    /// <summary>
    /// The server has not acknowledged the data of a SYN with its cookie (section 4.1.3.1): for a while its SYNs have neither. The cookie
    /// is kept, since it may be good still: a server with too many connections that wait for their handshake does the same.
    /// </summary>
    public void RememberRefusal(IpAddress peer, int mss, MonotonicTime now)
    {
        var cookie = _peers.TryGetValue(peer, out var entry) ? entry.Cookie : default;
        Put(peer, new Entry(cookie, mss, now + RefusalLasts));
    }

    /// <summary>A SYN with the option was never answered, and one without it has been (section 4.1.3.1).</summary>
    public void RememberBlackHole(IpAddress peer, MonotonicTime now) => Put(peer, new Entry(default, 0, now + BlackHoleLasts));

    private void Put(IpAddress peer, Entry entry)
    {
        if (!_peers.ContainsKey(peer))
        {
            if (_peers.Count >= limit)
                _peers.Remove(_oldestFirst.Dequeue());
            _oldestFirst.Enqueue(peer);
        }

        _peers[peer] = entry;
    }

    private readonly record struct Entry(FastOpenCookie Cookie, int Mss, MonotonicTime NotBefore);
}

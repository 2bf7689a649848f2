using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.FastOpen;

/// <summary>
/// Fast Open cookies. Our own are a keyed hash of both addresses (RFC 7413 section 4.1.2). Those of peers are in a
/// cache (section 4.1.3.1), which drops the oldest at its limit.
/// </summary>
internal sealed class FastOpenCookies(SipKey key, int limit)
{
    // How long SYNs omit the option after a black hole; Linux starts with an hour too.
    private static readonly TimeSpan BlackHoleDuration = TimeSpan.FromHours(1);

    // As long as our own listeners count a connection that a RST has ended (RFC 7413 section 5.1).
    private static readonly TimeSpan RefusalDuration = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IpAddress, Entry> _peers = [];
    private readonly Queue<IpAddress> _oldestFirst = new();

    /// <summary>
    /// The cookie that a peer gets from us and must present. It equals Linux's under the same key, so that both may
    /// serve one address.
    /// </summary>
    public FastOpenCookie CookieOf(in FourTuple tuple)
    {
        Span<byte> addresses = stackalloc byte[32];
        var length = tuple.RemoteAddress.Write(addresses);
        length += tuple.LocalAddress.Write(addresses[length..]);
        return FastOpenCookie.Of(BinaryPrimitives.ReverseEndianness(SipHash24.Hash(key, addresses[..length])));
    }

    /// <summary>
    /// The option for a SYN to a peer; none during a black hole or refusal. <paramref name="mss"/> limits the data of
    /// the SYN, which needs a cookie.
    /// </summary>
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

    /// <summary>Stores a peer's cookie.</summary>
    public void Remember(IpAddress peer, FastOpenCookie cookie, int mss) =>
        Put(peer, new Entry(cookie, mss, MonotonicTime.Zero));

    /// <summary>Updates the MSS of a peer whose cookie is known (section 4.1.3).</summary>
    public void RememberMss(IpAddress peer, int mss)
    {
        if (_peers.TryGetValue(peer, out var entry))
            _peers[peer] = entry with { Mss = mss };
    }

    /// <summary>True when this is the cookie stored for the peer.</summary>
    public bool IsKnown(IpAddress peer, FastOpenCookie cookie) =>
        _peers.TryGetValue(peer, out var entry) && entry.Cookie == cookie;

    /// <summary>
    /// The peer did not acknowledge the data of a SYN with its cookie (section 4.1.3.1): for a minute, SYNs to it carry
    /// neither. The cookie is kept, since a server at its limit of pending requests refuses valid ones too.
    /// </summary>
    public void RememberRefusal(IpAddress peer, int mss, MonotonicTime now)
    {
        var cookie = _peers.TryGetValue(peer, out var entry) ? entry.Cookie : default;
        Put(peer, new Entry(cookie, mss, now + RefusalDuration));
    }

    /// <summary>A SYN with the option got no answer, and one without it did (section 4.1.3.1).</summary>
    public void RememberBlackHole(IpAddress peer, MonotonicTime now) =>
        Put(peer, new Entry(default, 0, now + BlackHoleDuration));

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

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// SYN cookies (RFC 4987 section 3.6): the ISS of a SYN,ACK for which the listener keeps no state, and which the peer's
/// ACK returns.
/// <code>
/// 31                                      3 2       0
/// | keyed MAC (29 bits)                    | MSS     |
/// </code>
/// The MAC covers the four-tuple, the peer's ISN, the time in ticks of 64 s, and the options that both SYNs agree on.
/// The cookie does not contain the tick: the current and the previous one are tried. With 8 MSS values, 16 of 2^32
/// numbers are valid for an ACK at any time.
/// </summary>
internal static class SynCookie
{
    /// <summary>Ticks in which a cookie is valid: its own and the next.</summary>
    public const int ValidTicks = 2;

    private const int MssBits = 3;
    private const uint MssMask = (1u << MssBits) - 1;

    /// <summary>The length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(64);

    /// <summary>The maximum lifetime of a cookie.</summary>
    public static readonly TimeSpan Lifetime = Tick * ValidTicks;

    // The minimum MSS, the default MSS, then those of the MTUs of IPv6, tunnels, WireGuard, Ethernet and jumbo frames.
    private static readonly ushort[] MssIPv4 = [48, 536, 1220, 1360, 1380, 1440, 1460, 8960];
    private static readonly ushort[] MssIPv6 = [48, 536, 1220, 1360, 1400, 1420, 1440, 8940];

    /// <summary>The tick of a time; negative for a negative time.</summary>
    public static long TickAt(MonotonicTime now) =>
        Math.DivRem(now.Ticks, Tick.Ticks, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>
    /// The cookie for a SYN. It encodes the largest MSS value that is not above <paramref name="mss"/>, the peer's.
    /// </summary>
    public static SeqNum Make(SipKey key, in SynCookieScope scope, int mss, MonotonicTime now)
    {
        var index = IndexOf(scope.IsIPv4, mss);
        return new SeqNum((Mac(key, scope, index, TickAt(now)) & ~MssMask) | index);
    }

    /// <summary>
    /// Verifies a cookie for a scope, made in this tick or the previous one; <paramref name="mss"/> is the MSS it
    /// encodes.
    /// </summary>
    public static bool TryRead(SipKey key, in SynCookieScope scope, SeqNum cookie, MonotonicTime now, out ushort mss)
    {
        var index = cookie.Value & MssMask;
        mss = (scope.IsIPv4 ? MssIPv4 : MssIPv6)[index];
        var tick = TickAt(now);
        for (var age = 0; age < ValidTicks; age++)
        {
            if (((Mac(key, scope, index, tick - age) ^ cookie.Value) & ~MssMask) == 0)
                return true;
        }

        return false;
    }

    /// <summary>The index of the largest MSS value that is not above the peer's.</summary>
    private static uint IndexOf(bool isIPv4, int mss)
    {
        var table = isIPv4 ? MssIPv4 : MssIPv6;
        var index = table.Length - 1;
        while (index > 0 && table[index] > mss)
            index--;
        return (uint)index;
    }

    private static uint Mac(SipKey key, in SynCookieScope scope, uint index, long tick)
    {
        var numbers = ((ulong)scope.Irs.Value << 32) | ((ulong)scope.OwnScale << 16) | ((ulong)scope.Terms << 8) |
            index;
        return unchecked((uint)SipHash24.Hash(key, scope.TupleHash, numbers, (ulong)tick));
    }
}

/// <summary>What a cookie is valid for, besides its MSS and tick.</summary>
/// <param name="TupleHash">The keyed hash of the four-tuple.</param>
/// <param name="IsIPv4">True for IPv4, false for IPv6.</param>
/// <param name="Irs">The peer's ISN.</param>
/// <param name="OwnScale">The window scale of our SYN,ACK: a listener with another one rejects the cookie.</param>
/// <param name="Terms">The options that the timestamp carries (<see cref="SynCookieTerms.Bits"/>).</param>
internal readonly record struct SynCookieScope(ulong TupleHash, bool IsIPv4, SeqNum Irs, byte OwnScale, byte Terms);

/// <summary>
/// The options of a SYN in the low six bits of our TSval, which the peer's ACK echoes. Without timestamps on both sides
/// only the MSS survives, as in Linux.
/// <code>
///  5     4      3      0
/// | ECN | SACK | scale  |   scale 15: no window scale option
/// </code>
/// </summary>
internal readonly record struct SynCookieTerms
{
    private const uint Mask = 0x3F;
    private const uint Modulus = Mask + 1;
    private const byte ScaleMask = 0xF;
    private const byte NoScale = 0xF;
    private const byte SackBit = 0x10;
    private const byte EcnBit = 0x20;

    // Above the six bits: the connection has timestamps.
    private const byte TimestampsBit = 0x40;

    private SynCookieTerms(byte bits) => Bits = bits;

    /// <summary>The options of a SYN, for a connection with timestamps.</summary>
    public SynCookieTerms(WindowScale? scale, bool sack, bool ecn) =>
        Bits = (byte)(TimestampsBit | (scale is { } s ? s.Shift : NoScale) | (sack ? SackBit : 0) | (ecn ? EcnBit : 0));

    /// <summary>No timestamps, and no other option.</summary>
    public static SynCookieTerms None { get; } = new(NoScale);

    /// <summary>All options in seven bits, for the MAC.</summary>
    public byte Bits { get; }

    public bool HasTimestamps => (Bits & TimestampsBit) != 0;

    /// <summary>The peer's window scale; null when its SYN has none.</summary>
    public WindowScale? Scale => (Bits & ScaleMask) == NoScale ? null : WindowScale.FromWire((byte)(Bits & ScaleMask));

    /// <summary>True when both ends permit SACK.</summary>
    public bool Sack => (Bits & SackBit) != 0;

    /// <summary>True when the peer requests ECN and we agree.</summary>
    public bool Ecn => (Bits & EcnBit) != 0;

    /// <summary>The options in an echoed TSval (TSecr).</summary>
    public static SynCookieTerms FromEcho(uint echo) => new((byte)(TimestampsBit | (echo & Mask)));

    /// <summary>
    /// The TSval that carries the options: at most 63 ms before our timestamp clock and never after it, so that the
    /// connection's next TSval is not older.
    /// </summary>
    public uint Stamp(uint clock)
    {
        var value = (clock & ~Mask) | (Bits & Mask);
        return (value & Mask) > (clock & Mask) ? unchecked(value - Modulus) : value;
    }
}

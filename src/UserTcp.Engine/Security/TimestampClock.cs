using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// The timestamp clock (RFC 7323 section 5.4): milliseconds plus a keyed offset per four-tuple, which hides the uptime
/// of the host (section 7.1). It continues from one connection of a four-tuple to the next, as RFC 6191 requires.
/// </summary>
internal static class TimestampClock
{
    /// <summary>The offset of a connection, added to the engine's clock.</summary>
    public static uint OffsetOf(SipKey key, in FourTuple tuple) => unchecked((uint)SipHash24.Hash(key, tuple));

    /// <summary>TSval at a time.</summary>
    public static uint At(MonotonicTime now, uint offset) =>
        unchecked((uint)(now.Ticks / TimeSpan.TicksPerMillisecond) + offset);

    /// <summary>True when a timestamp is older than another, modulo 2^32 (RFC 7323 section 5.2).</summary>
    public static bool IsBefore(uint value, uint other) => unchecked((int)(value - other)) < 0;
}

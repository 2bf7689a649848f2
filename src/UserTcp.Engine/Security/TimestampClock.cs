using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// Snd.TSclock (RFC 7323 section 5.4): milliseconds, from a start that is each connection's own and keyed, so that it tells nobody how
/// long the host has been up (section 7.1). One four-tuple's clock goes on from connection to connection, as RFC 6191 needs it.
/// </summary>
internal static class TimestampClock
{
    /// <summary>What is added to the engine's clock for a connection.</summary>
    public static uint OffsetOf(SipKey key, in FourTuple tuple) => unchecked((uint)SipHash24.Hash(key, tuple));

    /// <summary>TSval at a time.</summary>
    public static uint At(MonotonicTime now, uint offset) => unchecked((uint)(now.Ticks / TimeSpan.TicksPerMillisecond) + offset);
}

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// ISN = M + F(localip, localport, remoteip, remoteport, secretkey), where M ticks every 4 microseconds (RFC 6528
/// section 3, RFC 9293 section 3.4.1). A pure function: a dropped SYN does not affect the next ISN.
/// </summary>
internal static class InitialSequenceNumber
{
    private const long ClockTicksPerIncrement = 4 * TimeSpan.TicksPerMicrosecond;

    public static SeqNum Generate(SipKey key, in FourTuple tuple, MonotonicTime now) =>
        new(unchecked((uint)(now.Ticks / ClockTicksPerIncrement) + (uint)SipHash24.Hash(key, tuple)));
}

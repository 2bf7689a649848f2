using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>
/// The peer's timestamps (RFC 7323 section 3): a clock that advances by one per segment, and is thus the same for both
/// stacks.
/// </summary>
internal struct PeerClock
{
    // Just below 2^31, the corner case of comparisons.
    private const uint Start = 0x7FFF_FFF0;

    private uint _now;
    private uint _echo;
    private bool _isOffered;
    private bool _isTaken;

    /// <summary>The option of the peer's next segment: in a SYN, or when both SYNs had it.</summary>
    public TcpTimestamps? Stamp(InjectStep step)
    {
        _now++;
        if (step.Flags.HasFlag(TcpFlags.Syn))
            _isOffered = step.HasTimestamps;
        var isUsed = step.Flags.HasFlag(TcpFlags.Syn) ? step.HasTimestamps : _isOffered && _isTaken;
        return isUsed
            ? new TcpTimestamps(unchecked(Start + _now - (uint)step.Age), step.Flags.HasFlag(TcpFlags.Ack) ? _echo : 0)
            : null;
    }

    /// <summary>Records whether the stack's SYN or SYN,ACK has timestamps.</summary>
    public void Begin(in TcpSegment segment) => _isTaken = segment.ParseOptions().Timestamps is not null;

    /// <summary>The peer's timestamp that a segment echoes; null without the option and for an initial SYN.</summary>
    public int? EchoOf(in TcpSegment segment)
    {
        if (segment.ParseOptions().Timestamps is not { } timestamps || segment.Has(TcpFlags.Rst))
            return null;
        // Linux completes a handshake only if the ACK echoes a SYN,ACK, not a challenge ACK in between.
        if (segment.Length > 0)
            _echo = timestamps.Value;
        return segment.Has(TcpFlags.Ack) ? unchecked((int)(timestamps.Echo - Start)) : null;
    }
}

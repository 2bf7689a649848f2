using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>The peer's timestamps (RFC 7323 section 3): a clock that goes on by one with each segment, and so is the same for both stacks.</summary>
internal struct PeerClock
{
    // Soon to pass 2^31, where comparing goes wrong first.
    private const uint Start = 0x7FFF_FFF0;

    private uint _now;
    private uint _echo;
    private bool _isOffered;
    private bool _isTaken;

    /// <summary>The option of the peer's next segment; none unless both SYNs have it, or this is one that offers it.</summary>
    public TcpTimestamps? Stamp(InjectStep step)
    {
        _now++;
        if (step.Flags.HasFlag(TcpFlags.Syn))
            _isOffered = step.HasTimestamps;
        var isUsed = step.Flags.HasFlag(TcpFlags.Syn) ? step.HasTimestamps : _isOffered && _isTaken;
        return isUsed ? new TcpTimestamps(unchecked(Start + _now - (uint)step.Age), step.Flags.HasFlag(TcpFlags.Ack) ? _echo : 0) : null;
    }

    /// <summary>The stack's SYN or SYN,ACK says whether it uses timestamps.</summary>
    public void Begin(in TcpSegment segment) => _isTaken = segment.Options.Timestamps is not null;

    /// <summary>Which of the peer's timestamps a segment echoes; null when it has none, or is a SYN that answers nothing.</summary>
    public int? EchoOf(in TcpSegment segment)
    {
        if (segment.Options.Timestamps is not { } timestamps || segment.Has(TcpFlags.Rst))
            return null;
        // Linux believes the end of a handshake only if it echoes a SYN,ACK, and not the timestamp of a challenge that came between.
        if (segment.Length > 0)
            _echo = timestamps.Value;
        return segment.Has(TcpFlags.Ack) ? unchecked((int)(timestamps.Echo - Start)) : null;
    }
}

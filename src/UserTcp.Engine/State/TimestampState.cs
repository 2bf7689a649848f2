using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The timestamps of one connection (RFC 7323 sections 3 to 5). They compare like sequence numbers, modulo 2^32.
/// </summary>
internal struct TimestampState
{
    /// <summary>Bytes of the option in a segment, aligned by two NOPs (appendix A).</summary>
    public const int OptionLength = 12;

    // Section 5.5: a millisecond clock wraps its sign bit after 24.8 days, and TS.Recent is invalid then.
    private const uint OutdatedAfterSeconds = 24 * 24 * 3600;

    private uint _offset;

    // When TS.Recent was last updated, in seconds.
    private uint _recentSeconds;

    /// <summary>TS.Recent: the TSval to echo, and the oldest that PAWS accepts. 0 before the peer's SYN.</summary>
    public uint Recent { get; private set; }

    /// <summary>Snd.TS.OK: both SYNs have the option. Before the peer's SYN: ours has it.</summary>
    public bool Ok { get; private set; }

    /// <summary>Bytes of each segment that the option takes.</summary>
    public readonly int Overhead => Ok ? OptionLength : 0;

    /// <summary>TSecr of a reply that is sent without the TCB; null without timestamps.</summary>
    public readonly uint? Echo => Ok ? Recent : null;

    /// <summary>Starts with the option in our SYN. <paramref name="offset"/> is that of the TSval clock.</summary>
    public void Begin(uint offset)
    {
        Ok = true;
        _offset = offset;
    }

    /// <summary>Records the peer's SYN: TSval, or null without the option.</summary>
    public void OnSyn(uint? value, MonotonicTime now)
    {
        Ok = Ok && value is not null;
        if (Ok)
            Record(value.GetValueOrDefault(), now);
    }

    /// <summary>The option of a segment of ours. Without ACK, TSecr is 0 (section 3.2).</summary>
    public readonly TcpTimestamps? Stamp(bool acknowledges, MonotonicTime now) =>
        Ok ? new TcpTimestamps(TimestampClock.At(now, _offset), acknowledges ? Recent : 0) : null;

    /// <summary>TSval of a segment sent at that time.</summary>
    public readonly uint At(MonotonicTime time) => TimestampClock.At(time, _offset);

    /// <summary>R1 of section 5.3 (PAWS): TSval is before TS.Recent, and TS.Recent is valid.</summary>
    public readonly bool IsOld(uint value, MonotonicTime now) =>
        TimestampClock.IsBefore(value, Recent) && Seconds(now) - _recentSeconds <= OutdatedAfterSeconds;

    /// <summary>
    /// R3 of section 5.3: updates TS.Recent from a segment with SEG.SEQ &lt;= Last.ACK.sent. So the peer's RTT includes
    /// the delay of a delayed ACK and of a gap (section 4.3).
    /// </summary>
    public void OnSegment(uint value, SeqNum seq, SeqNum lastAckSent, MonotonicTime now)
    {
        if (seq <= lastAckSent && !IsOld(value, now))
            Record(value, now);
    }

    /// <summary>
    /// The round-trip time by TSecr. Null when TSecr is in the future or longer ago than <paramref name="max"/>: no
    /// such segment can be in flight.
    /// </summary>
    public readonly TimeSpan? RoundTrip(uint echo, MonotonicTime now, TimeSpan max)
    {
        var milliseconds = unchecked((int)(TimestampClock.At(now, _offset) - echo));
        var roundTrip = TimeSpan.FromMilliseconds(milliseconds);
        return milliseconds >= 0 && roundTrip <= max ? roundTrip : null;
    }

    private static uint Seconds(MonotonicTime now) => unchecked((uint)(now.Ticks / TimeSpan.TicksPerSecond));

    private void Record(uint value, MonotonicTime now)
    {
        Recent = value;
        _recentSeconds = Seconds(now);
    }
}

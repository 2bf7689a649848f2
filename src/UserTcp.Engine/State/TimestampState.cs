using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>The timestamps of one connection (RFC 7323 sections 3 to 5). They compare like sequence numbers, modulo 2^32.</summary>
internal struct TimestampState
{
    /// <summary>Octets of the option in a segment, aligned by two NOPs (appendix A).</summary>
    public const int OptionLength = 12;

    // Section 5.5: when a clock that ticks once in a millisecond has gone half around, old looks like new.
    private const uint OutdatedAfterSeconds = 24 * 24 * 3600;

    private uint _offset;

    // When TS.Recent was last heard. In seconds, which go around in 136 years.
    private uint _recentSeconds;

    /// <summary>TS.Recent: what is echoed, and what no acceptable segment may be older than. 0 before the peer's SYN.</summary>
    public uint Recent { get; private set; }

    /// <summary>Snd.TS.OK: both SYNs had the option. Until the peer's has come: ours has it.</summary>
    public bool Ok { get; private set; }

    /// <summary>Octets that each segment gives to the option.</summary>
    public readonly int Overhead => Ok ? OptionLength : 0;

    /// <summary>TSecr of a reply that leaves without the TCB; null where timestamps are not used.</summary>
    public readonly uint? Echo => Ok ? Recent : null;

    /// <summary>Our SYN may have the option.</summary>
    public void Begin(uint offset)
    {
        Ok = true;
        _offset = offset;
    }

    /// <summary>The peer's SYN has come, with the option or without.</summary>
    public void OnSyn(uint? value, MonotonicTime now)
    {
        Ok = Ok && value is not null;
        if (Ok)
            Record(value.GetValueOrDefault(), now);
    }

    /// <summary>The option of a segment of ours. Without ACK there is nothing to echo yet, and TSecr is 0 (section 3.2).</summary>
    public readonly TcpTimestamps? Stamp(bool acknowledges, MonotonicTime now) =>
        Ok ? new TcpTimestamps(TimestampClock.At(now, _offset), acknowledges ? Recent : 0) : null;

    /// <summary>TSval of what was sent at a time.</summary>
    public readonly uint At(MonotonicTime time) => TimestampClock.At(time, _offset);

    /// <summary>R1 of section 5.3 (PAWS): the segment is older than something that has been taken already.</summary>
    public readonly bool IsOld(uint value, MonotonicTime now) => TimestampClock.IsBefore(value, Recent) && Seconds(now) - _recentSeconds <= OutdatedAfterSeconds;

    /// <summary>
    /// R3 of section 5.3. Only what starts at or before the last ACK sent may be echoed, so that a peer whose segment comes after a gap,
    /// or whose ACK is held back, measures all of the time that it waits (section 4.3).
    /// </summary>
    public void OnSegment(uint value, SeqNum seq, SeqNum lastAckSent, MonotonicTime now)
    {
        if (seq <= lastAckSent && !IsOld(value, now))
            Record(value, now);
    }

    /// <summary>
    /// The round trip that an echo tells of; null when it echoes nothing that can be in flight: something yet to be sent, or from longer
    /// ago than <paramref name="max"/>.
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

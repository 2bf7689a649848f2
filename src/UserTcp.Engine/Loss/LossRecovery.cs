using UserTcp.Engine.Congestion;
using UserTcp.Engine.Diagnostics;
using UserTcp.Wire;

namespace UserTcp.Engine.Loss;

/// <summary>
/// Finds out what is lost and what to send again: fast retransmit and fast recovery (RFC 5681 section 3.2, RFC 6582), and
/// retransmission after a timeout (RFC 6298 section 5).
/// </summary>
internal struct LossRecovery
{
    private const int DuplicateAckThreshold = 3;

    // The order of fields and properties is one in which they take little room.
    private TimeSpan _closedFor;
    private int _duplicateAcks;

    // FlightSize at the first duplicate ACK; in fast recovery, at the loss.
    private int _flight;
    private int _inflation;
    private SeqNum _recover;
    private SeqNum _timeoutEnd;

    /// <summary>After a timeout, the next sequence number to send again; from SND.NXT at the timeout on, none.</summary>
    public SeqNum RetransmitNext { get; private set; }

    /// <summary>
    /// Since when something has waited to be acknowledged, or for the window to be sent into, without any progress; zero when nothing
    /// waits. A time limit that the user has set is measured from here.
    /// </summary>
    public MonotonicTime WaitingSince { get; private set; }

    /// <summary>Timeouts in a row without any progress (RFC 9293 section 3.8.3 counts them against R1).</summary>
    public int Timeouts { get; private set; }

    /// <summary>True from the third duplicate ACK until everything sent before it is acknowledged.</summary>
    public bool InFastRecovery { get; private set; }

    /// <summary>True from a timeout until everything sent before it is acknowledged.</summary>
    public bool InTimeoutRecovery { get; private set; }

    /// <summary>Why everything outstanding is sent again.</summary>
    public SegmentReason ResendReason { get; private set; }

    /// <summary>The same without the time in which the window was closed; R2 is measured from here.</summary>
    public readonly MonotonicTime StalledSince => WaitingSince + _closedFor;

    public readonly bool HasTimeoutRetransmission => InTimeoutRecovery && RetransmitNext < _timeoutEnd;

    public void Begin(SeqNum iss) => _recover = iss;

    /// <summary>
    /// What duplicate ACKs add to cwnd, since each stands for a segment that has left the network: before recovery a segment for each
    /// of the first two (limited transmit, RFC 3042 section 2), in recovery as RFC 6582 section 3.2 has it. May be negative.
    /// </summary>
    public readonly long Inflation(int smss) =>
        InFastRecovery || InTimeoutRecovery ? _inflation : Math.Min(_duplicateAcks, DuplicateAckThreshold - 1) * smss;

    /// <summary>A duplicate ACK as RFC 5681 section 2 defines it. Says what has to be sent again.</summary>
    public SegmentReason OnDuplicateAck(ref SendSequence snd, CongestionControl congestion, MonotonicTime now)
    {
        if (InTimeoutRecovery)
            return SegmentReason.None;
        if (InFastRecovery)
        {
            // Each stands for a segment that was outstanding then: forged ones cannot release more than there were.
            _inflation = Math.Min(_inflation + snd.Mss, _flight);
            return SegmentReason.None;
        }

        if (_duplicateAcks++ == 0)
            _flight = snd.FlightSize;
        // RFC 6582 section 3.2 step 2: only once per window of data.
        if (_duplicateAcks != DuplicateAckThreshold || snd.Una <= _recover)
            return SegmentReason.None;
        // RFC 5681 section 3.2 step 2: what limited transmit sent beyond cwnd does not count.
        congestion.OnCongestion(CongestionEvent.Loss, Math.Min(snd.FlightSize, Math.Max(_flight, congestion.Window)), now);
        InFastRecovery = true;
        _recover = snd.Nxt;
        _flight = Math.Max(snd.FlightSize, DuplicateAckThreshold * snd.Mss);
        _inflation = DuplicateAckThreshold * snd.Mss;
        return SegmentReason.FastRetransmit;
    }

    /// <summary>SND.UNA has advanced by <paramref name="octets"/>. Says what has to be sent again.</summary>
    public SegmentReason OnAcknowledged(ref SendSequence snd, CongestionControl congestion, int octets, bool windowWasUsed, MonotonicTime now)
    {
        _duplicateAcks = 0;
        Timeouts = 0;
        WaitingSince = now;
        _closedFor = TimeSpan.Zero;
        if (InTimeoutRecovery)
        {
            RetransmitNext = SeqNum.Max(RetransmitNext, snd.Una);
            InTimeoutRecovery = snd.Una < _timeoutEnd;
        }

        if (!InFastRecovery)
        {
            // Drawn along behind SND.UNA, lest it come to lie ahead when 2^31 octets have passed without a loss.
            _recover = SeqNum.Max(_recover, snd.Una - 1);
            congestion.OnAcknowledged(new AckSample { Now = now, Acknowledged = octets, Delivered = octets, WindowWasUsed = windowWasUsed });
            return SegmentReason.None;
        }

        if (snd.Una < _recover)
        {
            // RFC 6582 section 3.2 step 3: a partial acknowledgment points at the next hole.
            _inflation += (octets >= snd.Mss ? snd.Mss : 0) - octets;
            return SegmentReason.PartialAck;
        }

        InFastRecovery = false;
        _inflation = 0;
        congestion.OnRecovered(snd.FlightSize);
        return SegmentReason.None;
    }

    /// <summary>The retransmission timer has expired: all that is outstanding counts as lost and is sent again in slow start.</summary>
    public void OnTimeout(ref SendSequence snd, CongestionControl congestion, MonotonicTime now)
    {
        congestion.OnTimeout(snd.FlightSize, isFirst: Timeouts == 0, now);
        Timeouts++;
        _duplicateAcks = 0;
        InFastRecovery = false;
        _inflation = 0;
        _recover = snd.Nxt;
        Resend(snd, SegmentReason.RetransmissionTimeout);
    }

    /// <summary>Our SYN is acknowledged.</summary>
    public void OnHandshakeComplete()
    {
        Timeouts = 0;
        OnNothingWaits();
    }

    /// <summary>Something is sent, or would be if the window allowed; what waits already has waited for longer.</summary>
    public void OnWaiting(MonotonicTime now)
    {
        if (WaitingSince == MonotonicTime.Zero)
            WaitingSince = now;
    }

    /// <summary>Everything is acknowledged, and nothing is queued.</summary>
    public void OnNothingWaits()
    {
        WaitingSince = MonotonicTime.Zero;
        _closedFor = TimeSpan.Zero;
    }

    /// <summary>
    /// The peer's window is open again. How long it was closed does not count against R2 (RFC 9293 section 3.8.6.1, MUST-37); what went
    /// before does, or a peer that opens and closes its window and takes nothing would never be given up.
    /// </summary>
    public void OnWindowOpened(MonotonicTime closedSince, MonotonicTime now)
    {
        if (WaitingSince != MonotonicTime.Zero)
            _closedFor += now - (closedSince > WaitingSince ? closedSince : WaitingSince);
    }

    /// <summary>Counts the timeout of a SYN, which has no text to recover.</summary>
    public void OnHandshakeTimeout() => Timeouts++;

    /// <summary>Octets up to <paramref name="end"/> have been sent again after a timeout.</summary>
    public void OnRetransmitted(SeqNum end) => RetransmitNext = SeqNum.Max(RetransmitNext, end);

    /// <summary>
    /// What is outstanding has probably not arrived, though not for congestion: the window was closed over it, or it was too big
    /// for the path. It is sent again without any blame.
    /// </summary>
    public void Resend(in SendSequence snd, SegmentReason reason)
    {
        InTimeoutRecovery = true;
        ResendReason = reason;
        RetransmitNext = snd.Una;
        _timeoutEnd = snd.Nxt;
    }
}

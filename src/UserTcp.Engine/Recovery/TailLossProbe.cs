using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// Tail loss probe (TLP, RFC 8985 section 7). When the last segments of a flight are lost, no later delivery shows it.
/// So after a probe timeout of about two RTTs one segment goes out, new data or a retransmission, and its ACK lets RACK
/// find the loss.
/// </summary>
internal struct TailLossProbe
{
    // Allows for the peer's scheduling delay.
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(10);

    // TLP.max_ack_delay: the longest delayed ACK of common peers.
    private static readonly TimeSpan MaxAckDelay = TimeSpan.FromMilliseconds(200);

    private bool _isRetransmission;

    /// <summary>A probe is in flight (TLP.end_seq is set).</summary>
    public bool IsInFlight { get; private set; }

    /// <summary>TLP.end_seq: SND.NXT when the probe was sent.</summary>
    public SeqNum End { get; private set; }

    /// <summary>No loss is known and nothing is SACKed, so that a probe can show a loss (section 7.2).</summary>
    public static bool IsUseful(Flight flight) =>
        (flight.State is RecoveryState.Open or RecoveryState.WindowReduced) && flight.Board.Sacked == 0;

    /// <summary>PTO (section 7.2): two SRTT, and the longest delayed ACK when a single segment is in flight.</summary>
    public static TimeSpan Timeout(TimeSpan srtt, bool isSingleSegment)
    {
        var ticks = Math.Max(2 * srtt.Ticks, MinTimeout.Ticks);
        return TimeSpan.FromTicks(isSingleSegment ? ticks + MaxAckDelay.Ticks : ticks);
    }

    /// <summary>The probe goes out (section 7.3).</summary>
    public void OnSent(SeqNum nxt, bool isRetransmission) =>
        (IsInFlight, End, _isRetransmission) = (true, nxt, isRetransmission);

    public void Clear() => IsInFlight = false;

    /// <summary>
    /// Handles an ACK after the probe (section 7.4.2). An ACK up to TLP.end_seq does not show yet whether the original
    /// or the probe was delivered. If both were, a D-SACK follows.
    /// </summary>
    /// <returns>True when the probe has repaired a loss: cwnd has to be reduced.</returns>
    public bool OnAck(SeqNum ack, bool reportsDuplicate, bool isDuplicate)
    {
        if (!IsInFlight || ack < End)
            return false;
        var hasRepaired = _isRetransmission && !reportsDuplicate && ack > End;
        IsInFlight = _isRetransmission && !reportsDuplicate && !isDuplicate && ack == End;
        return hasRepaired;
    }
}

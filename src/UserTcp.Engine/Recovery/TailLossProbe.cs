using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// Tail loss probe (RFC 8985 section 7): where the last segments of a flight are lost, nothing arrives later that could show it. So
/// after about two round trips of silence one segment goes out, new or once more, and its ACK lets RACK see.
/// </summary>
internal struct TailLossProbe
{
    private bool _isRetransmission;

    /// <summary>A probe is on its way (TLP.end_seq is set).</summary>
    public bool IsOut { get; private set; }

    /// <summary>TLP.end_seq: SND.NXT when it was sent.</summary>
    public SeqNum End { get; private set; }

    /// <summary>The probe goes out now.</summary>
    public void OnSent(SeqNum nxt, bool isRetransmission) => (IsOut, End, _isRetransmission) = (true, nxt, isRetransmission);

    public void Clear() => IsOut = false;

    /// <summary>
    /// Section 7.4.2, for an ACK after the probe. True when the probe was a retransmission that has repaired a loss: the loss is one that
    /// the congestion control has to hear of. An ACK of all that had been sent does not tell yet whether the original or the probe arrived:
    /// where both did, a report of the duplicate follows.
    /// </summary>
    public bool OnAck(SeqNum ack, bool reportsDuplicate, bool isDuplicate)
    {
        if (!IsOut || ack < End)
            return false;
        var hasRepaired = _isRetransmission && !reportsDuplicate && ack > End;
        IsOut = _isRetransmission && !reportsDuplicate && !isDuplicate && ack == End;
        return hasRepaired;
    }
}

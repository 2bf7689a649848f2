using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// ECN of one connection (RFC 3168 section 6.1). As a receiver it answers CE by ECE in each ACK until the peer sends
/// CWR. As a sender it reduces cwnd by ECE, at most once in a round trip, and sends CWR. Its callers: TcbFactory,
/// PeerSyn, OtherStates, SynCookieListen and SynQueue (SYNs), PayloadStep (CE, CWR), AckStep (ECE), LossRecovery and
/// TimerExpiry (other reductions), SegmentBuilder (what goes out).
/// </summary>
internal struct EcnState
{
    // The codepoints of the ECN field in the IP header: ECT(0) and CE.
    public const byte CapableTransport = 0b10;
    public const byte CongestionExperienced = 0b11;

    private SeqNum _reducedAt;
    private bool _isReduced;

    /// <summary>Both SYNs negotiate ECN. Before the peer's SYN: ours does.</summary>
    public bool Ok { get; set; }

    /// <summary>CE has arrived and no CWR since: each ACK has ECE (section 6.1.3).</summary>
    public bool IsEchoing { get; private set; }

    /// <summary>cwnd was reduced: the next segment with new data has CWR (section 6.1.2).</summary>
    public bool CwrDue { get; private set; }

    /// <summary>
    /// The flags of our SYN (section 6.1.1): ECE and CWR in the first SYN, ECE in a SYN,ACK. A retransmitted SYN has
    /// none and gives up ECN, since a middlebox may have dropped the first one for its flags (section 6.1.1.1).
    /// </summary>
    public TcpFlags SendSyn(bool answers, bool isFirst)
    {
        if (!answers)
            Ok &= isFirst;
        return Ok ? (answers ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr) : 0;
    }

    /// <summary>
    /// Records the peer's SYN (ECE and CWR) or SYN,ACK (ECE alone). A SYN,ACK that reflects both flags does not count.
    /// </summary>
    public void OnSyn(TcpFlags flags)
    {
        var wanted = (flags & TcpFlags.Ack) != 0 ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr;
        Ok &= (flags & (TcpFlags.Ece | TcpFlags.Cwr)) == wanted;
    }

    /// <summary>
    /// New data has arrived: CWR ends the ECN-echo, CE starts it. True when the ACK should not be delayed: at the first
    /// CE, and at CWR, when the peer may have little in flight.
    /// </summary>
    public bool OnData(TcpFlags flags, bool isCe)
    {
        var isCwr = (flags & TcpFlags.Cwr) != 0;
        var isFirstCe = isCe && !IsEchoing;
        IsEchoing = isCe || (IsEchoing && !isCwr);
        return isCwr || isFirstCe;
    }

    /// <summary>
    /// SND.UNA has advanced to <paramref name="una"/>. Beyond the last reduction, the peer has received CWR, and the
    /// next ECE reports another CE.
    /// </summary>
    public void OnAcknowledged(SeqNum una) => _isReduced = _isReduced && una <= _reducedAt;

    /// <summary>The segment has an ECN-echo.</summary>
    public readonly bool IsEcho(TcpFlags flags) => Ok && (flags & TcpFlags.Ece) != 0;

    /// <summary>The segment has an ECN-echo that reduces cwnd: the round trip of the last reduction is over.</summary>
    public readonly bool ReducesWindow(TcpFlags flags) => IsEcho(flags) && !_isReduced;

    /// <summary>cwnd was reduced, by ECE or by a loss. <paramref name="nxt"/> is SND.NXT.</summary>
    public void OnReduced(SeqNum nxt)
    {
        if (!Ok)
            return;
        (_isReduced, _reducedAt) = (true, nxt);
        CwrDue = true;
    }

    /// <summary>CWR for a segment with new data, once for each reduction.</summary>
    public TcpFlags SendCwr()
    {
        var flags = CwrDue ? TcpFlags.Cwr : 0;
        CwrDue = false;
        return flags;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>
/// The state of the peer's end, inferred from the segments between the two ends (RFC 9293 section 3.3.2). What we send
/// changes it when the peer's answer shows that it has arrived; what arrives shows what the peer had done.
/// </summary>
internal struct PeerLifeline
{
    private bool _hasSentSyn;
    private bool _hasSentFin;
    private bool _isOurSynAcknowledged;
    private bool _isOurFinAcknowledged;
    private bool _isFinAcknowledged;
    private bool _closedFirst;
    private bool _hasOurFin;
    private bool _isSimultaneousClose;

    /// <summary>The state; null when no segment has shown one.</summary>
    public TcpState? State { get; private set; }

    /// <summary>A segment of the peer arrived. <paramref name="acknowledgesFin"/>: it covers our FIN.</summary>
    public void OnReceived(in SegmentObservation segment, bool acknowledgesFin)
    {
        var flags = segment.Header.Flags;
        if ((flags & TcpFlags.Rst) != 0)
        {
            State = TcpState.Closed;
            return;
        }

        _hasSentSyn |= (flags & TcpFlags.Syn) != 0;
        _isOurSynAcknowledged |= (flags & TcpFlags.Ack) != 0;
        _isOurFinAcknowledged |= acknowledgesFin;
        if ((flags & TcpFlags.Fin) != 0 && !_hasSentFin)
            (_hasSentFin, _closedFirst) = (true, !_isOurFinAcknowledged);
        State = (flags & TcpFlags.Syn) != 0 ? OfSyn(flags) : Current();
    }

    /// <summary>We sent a segment, which arrives unless the link loses it.</summary>
    public void OnSent(in SegmentObservation segment, bool acknowledgesFin)
    {
        var flags = segment.Header.Flags;
        if ((flags & TcpFlags.Rst) != 0)
        {
            State = TcpState.Closed;
            return;
        }

        if ((flags & TcpFlags.Syn) != 0)
        {
            // Nothing shows whether the peer of an active open listens.
            State = _hasSentSyn ? TcpState.Established : State;
            return;
        }

        // The FINs have crossed when ours left before the first ACK of the peer's. A retransmission of ours says
        // nothing.
        _isSimultaneousClose |= acknowledgesFin && !_isFinAcknowledged && _hasOurFin && !_isOurFinAcknowledged;
        _isFinAcknowledged |= acknowledgesFin;
        _hasOurFin |= (flags & TcpFlags.Fin) != 0;
        if (State is not null)
            State = Current();
    }

    private static TcpState OfSyn(TcpFlags flags) =>
        (flags & TcpFlags.Ack) != 0 ? TcpState.SynReceived : TcpState.SynSent;

    private readonly TcpState Current() => (_hasSentFin, _isFinAcknowledged, _isOurFinAcknowledged) switch
    {
        (false, _, false) => _isOurSynAcknowledged ? TcpState.Established : TcpState.SynSent,
        (false, _, true) => TcpState.CloseWait,
        (true, false, false) => TcpState.FinWait1,
        (true, true, false) => _isSimultaneousClose ? TcpState.Closing : TcpState.FinWait2,
        (true, false, true) => _closedFirst ? TcpState.Closing : TcpState.LastAck,
        (true, true, true) => _closedFirst ? TcpState.TimeWait : TcpState.Closed,
    };
}

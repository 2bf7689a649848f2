using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Inference;

/// <summary>The state of an end (RFC 9293 section 3.3.2), as its segments and those of the peer show it.</summary>
internal sealed class InferredStates
{
    private bool _sentSyn;
    private bool _receivedSyn;
    private bool _isSynchronized;
    private bool _isFinAcknowledged;
    private bool _peerClosedFirst;

    /// <summary>The end has sent its FIN.</summary>
    public bool HasSentFin { get; private set; }

    /// <summary>The peer's FIN has arrived in order.</summary>
    public bool HasReceivedFin { get; private set; }

    /// <summary>A RST ended the connection.</summary>
    public bool IsReset { get; private set; }

    /// <summary>The end owes the ACK that completes the handshake.</summary>
    public bool OwesHandshakeAck { get; private set; }

    /// <summary>A SYN or another segment was captured.</summary>
    public bool IsKnown => _sentSyn || _receivedSyn || _isSynchronized;

    public TcpState State
    {
        get
        {
            if (IsReset || !IsKnown)
                return TcpState.Closed;
            if (!_isSynchronized)
                return _receivedSyn ? TcpState.SynReceived : TcpState.SynSent;
            return (HasSentFin, _isFinAcknowledged, HasReceivedFin) switch
            {
                (false, _, false) => TcpState.Established,
                (false, _, true) => TcpState.CloseWait,
                (true, false, false) => TcpState.FinWait1,
                (true, true, false) => TcpState.FinWait2,
                (true, false, true) => _peerClosedFirst ? TcpState.LastAck : TcpState.Closing,
                (true, true, true) => _peerClosedFirst ? TcpState.Closed : TcpState.TimeWait,
            };
        }
    }

    public void OnSynSent() => _sentSyn = true;

    public void OnSynReceived(bool acknowledgesOurs)
    {
        OwesHandshakeAck |= acknowledgesOurs && !_isSynchronized;
        _receivedSyn = true;
        _isSynchronized |= acknowledgesOurs;
    }

    /// <summary>A segment other than a SYN leaves: the handshake's ACK is on its way.</summary>
    public void OnSegmentSent()
    {
        OwesHandshakeAck = false;
        if (!_sentSyn)
            _isSynchronized = true;
    }

    /// <summary>An ACK arrives that covers the SYN, or one of a connection whose SYN was not captured.</summary>
    public void OnAcknowledged() => _isSynchronized = true;

    public void OnFinSent()
    {
        if (!HasSentFin)
            (HasSentFin, _peerClosedFirst) = (true, HasReceivedFin);
    }

    public void OnFinReceived() => HasReceivedFin = true;

    public void OnFinAcknowledged() => _isFinAcknowledged = HasSentFin;

    public void OnReset() => IsReset = true;
}

using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>Slow start and congestion avoidance (RFC 5681 section 3.1), with the initial window of RFC 6928.</summary>
internal sealed class NewReno : CongestionControl
{
    // L (RFC 3465 section 2.2): segments that one ACK counts for at most, since most ACKs cover two.
    private const int SegmentsPerAck = 2;

    // L after an RTO (RFC 3465 section 2.3): an ACK may then cover much data that left the network long ago.
    private const int SegmentsPerAckAfterTimeout = 1;

    private long _bytesAcked;
    private long _priorWindow;
    private long _priorThreshold;
    private ushort _smss;
    private bool _afterTimeout;

    public override void Begin(int smss, bool handshakeRetransmitted)
    {
        _smss = (ushort)smss;
        Window = InitialWindow.Of(smss, handshakeRetransmitted);
    }

    public override void OnSmssChanged(int smss) => _smss = (ushort)smss;

    public override void OnAcknowledged(in AckSample ack)
    {
        // An unused window has not been validated, so it does not grow (RFC 7661 section 4.2).
        if (!ack.WindowWasUsed)
            return;
        if (Window < SlowStartThreshold)
        {
            Window += Math.Min(ack.Acknowledged, (_afterTimeout ? SegmentsPerAckAfterTimeout : SegmentsPerAck) * _smss);
            return;
        }

        _afterTimeout = false;

        // One SMSS for each cwnd of bytes acknowledged.
        _bytesAcked += ack.Acknowledged;
        if (_bytesAcked < Window)
            return;
        _bytesAcked -= Window;
        Window += _smss;
    }

    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        Save();
        SlowStartThreshold = HalfOf(flightSize);
        Window = SlowStartThreshold;
        _bytesAcked = 0;
    }

    // RFC 6582 section 3.2 step 3, option 1: prevents a burst when little is in flight.
    public override void OnRecovered(long flightSize) =>
        Window = Math.Min(SlowStartThreshold, Math.Max(flightSize, _smss) + _smss);

    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            Save();
            SlowStartThreshold = HalfOf(flightSize);
        }

        Window = _smss;
        _bytesAcked = 0;
        _afterTimeout = true;
    }

    public override void Undo()
    {
        Window = Math.Max(Window, _priorWindow);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _priorThreshold);
    }

    public override long PacingRate(TimeSpan smoothedRtt) => WindowPacing.Rate(Window, IsInSlowStart, smoothedRtt);

    // The restart window (RFC 5681 section 4.1).
    public override void OnIdle(MonotonicTime now) => Window = Math.Min(InitialWindow.Of(_smss), Window);

    private void Save()
    {
        _priorWindow = Window;
        _priorThreshold = SlowStartThreshold;
    }

    // RFC 5681 equation 4.
    private long HalfOf(long flightSize) => Math.Max(flightSize / 2, 2 * _smss);
}

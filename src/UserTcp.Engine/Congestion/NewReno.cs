using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>Slow start and congestion avoidance (RFC 5681 section 3.1), with the initial window of RFC 6928.</summary>
internal sealed class NewReno : CongestionControl
{
    // RFC 3465 section 2.2: octets acknowledged count, up to this many segments per ACK, since most ACKs cover two.
    private const int SegmentsPerAck = 2;

    // RFC 3465 section 2.3: after a timeout an ACK may cover much that has left the network long ago.
    private const int SegmentsPerAckAfterTimeout = 1;

    private long _acknowledgedInAvoidance;
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
        // A window that was not filled has not been tested, so it does not grow (RFC 7661 section 4.2 gives the reason).
        if (!ack.WindowWasUsed)
            return;
        if (Window < SlowStartThreshold)
        {
            Window += Math.Min(ack.Acknowledged, (_afterTimeout ? SegmentsPerAckAfterTimeout : SegmentsPerAck) * _smss);
            return;
        }

        _afterTimeout = false;

        // One SMSS for each window of octets acknowledged.
        _acknowledgedInAvoidance += ack.Acknowledged;
        if (_acknowledgedInAvoidance < Window)
            return;
        _acknowledgedInAvoidance -= Window;
        Window += _smss;
    }

    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        Save();
        SlowStartThreshold = Half(flightSize);
        Window = SlowStartThreshold;
        _acknowledgedInAvoidance = 0;
    }

    // RFC 6582 section 3.2 step 3, the first option: no burst when little is in flight.
    public override void OnRecovered(long flightSize) =>
        Window = Math.Min(SlowStartThreshold, Math.Max(flightSize, _smss) + _smss);

    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            Save();
            SlowStartThreshold = Half(flightSize);
        }

        Window = _smss;
        _acknowledgedInAvoidance = 0;
        _afterTimeout = true;
    }

    public override void Undo()
    {
        Window = Math.Max(Window, _priorWindow);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _priorThreshold);
    }

    public override long PacingRate(TimeSpan smoothedRtt) => WindowPacing.Rate(Window, IsInSlowStart, smoothedRtt);

    // RFC 5681 section 4.1: the restart window.
    public override void OnIdle(MonotonicTime now) => Window = Math.Min(InitialWindow.Of(_smss), Window);

    private void Save()
    {
        _priorWindow = Window;
        _priorThreshold = SlowStartThreshold;
    }

    // RFC 5681 equation 4.
    private long Half(long flightSize) => Math.Max(flightSize / 2, 2 * _smss);
}

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
    private bool _afterTimeout;

    public override void OnAcknowledged(in AckSample ack)
    {
        // An unused window has not been validated, so it does not grow (RFC 7661 section 4.2).
        if (!ack.WindowWasUsed)
            return;
        if (Window < SlowStartThreshold)
        {
            Window += Math.Min(ack.Acknowledged, (_afterTimeout ? SegmentsPerAckAfterTimeout : SegmentsPerAck) * Smss);
            return;
        }

        _afterTimeout = false;

        // One SMSS for each cwnd of bytes acknowledged.
        _bytesAcked += ack.Acknowledged;
        if (_bytesAcked < Window)
            return;
        _bytesAcked -= Window;
        Window += Smss;
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
        Window = Math.Min(SlowStartThreshold, Math.Max(flightSize, Smss) + Smss);

    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            Save();
            SlowStartThreshold = HalfOf(flightSize);
        }

        Window = Smss;
        _bytesAcked = 0;
        _afterTimeout = true;
    }

    public override void Undo()
    {
        Window = Math.Max(Window, _priorWindow);
        SlowStartThreshold = Math.Max(SlowStartThreshold, _priorThreshold);
    }

    private void Save()
    {
        _priorWindow = Window;
        _priorThreshold = SlowStartThreshold;
    }

    // RFC 5681 equation 4.
    private long HalfOf(long flightSize) => Math.Max(flightSize / 2, 2 * Smss);
}

using UserTcp.Engine.Contract;

namespace DelayBased;

/// <summary>
/// A congestion control of one's own, after TCP Vegas: it estimates from the RTT how much data waits in the queue of
/// the bottleneck, and holds it between two and four segments. CUBIC fills the queue until packets are lost.
/// </summary>
public sealed class Vegas : CongestionControl
{
    private const int MinQueued = 2;
    private const int MaxQueued = 4;

    /// <summary>What a connection's options or the engine's take.</summary>
    public static readonly CongestionControlFactory Factory = new("vegas", _ => new Vegas());

    private TimeSpan _baseRtt = TimeSpan.MaxValue;
    private TimeSpan _roundRtt = TimeSpan.MaxValue;
    private UserTcp.Wire.SeqNum? _roundEnd;
    private (long Window, long Threshold) _saved;

    public override void OnAcknowledged(in AckSample ack)
    {
        if (ack.RoundTrip is { } rtt)
        {
            _baseRtt = rtt < _baseRtt ? rtt : _baseRtt;
            _roundRtt = rtt < _roundRtt ? rtt : _roundRtt;
        }

        if (IsInSlowStart && ack.WindowWasUsed)
            Window += ack.Acknowledged / 2;
        // Once in a round trip: the data that was in flight at its start is acknowledged.
        if (_roundEnd is { } end && ack.Una < end)
            return;
        if (_roundEnd is not null && _roundRtt < TimeSpan.MaxValue && ack.WindowWasUsed)
            Adapt(Window * (_roundRtt - _baseRtt) / _roundRtt / Smss);
        _roundRtt = TimeSpan.MaxValue;
        _roundEnd = ack.Nxt;
    }

    public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now)
    {
        _saved = (Window, SlowStartThreshold);
        Window = SlowStartThreshold = Math.Max(flightSize * 3 / 4, 2 * Smss);
    }

    public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now)
    {
        if (isFirst)
        {
            _saved = (Window, SlowStartThreshold);
            SlowStartThreshold = Math.Max(flightSize / 2, 2 * Smss); // RFC 5681 equation 4
        }

        Window = Smss;
    }

    public override void Undo() =>
        (Window, SlowStartThreshold) = (
            Math.Max(Window, _saved.Window), Math.Max(SlowStartThreshold, _saved.Threshold));

    /// <summary>Corrects the window by a segment for the segments that wait in the queue.</summary>
    private void Adapt(double queued)
    {
        if (queued > MaxQueued)
            Window = SlowStartThreshold = Window - Smss;
        else if (queued < MinQueued && !IsInSlowStart)
            Window += Smss;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A congestion control on a path with a constant round trip and unlimited bandwidth. The whole window is always in
/// flight, and its ACKs are spread evenly over the round trip, by default one per two segments. Time is virtual.
/// </summary>
internal sealed class WindowDrive
{
    public const int Smss = 1000;

    private long _acknowledged;

    public WindowDrive(CongestionControl control, TimeSpan rtt)
    {
        Control = control;
        Rtt = rtt;
        control.Begin(Smss, handshakeRetransmitted: false);
    }

    public CongestionControl Control { get; }

    public TimeSpan Rtt { get; set; }

    public MonotonicTime Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public int BytesPerAck { get; init; } = 2 * Smss;

    public double Segments => (double)Control.Window / Smss;

    public void Loss() => Control.OnCongestion(CongestionEvent.Loss, Control.Window, Now);

    /// <summary>Lets time pass without an ACK.</summary>
    public void Pause(TimeSpan span) => Now += span;

    public void Acknowledge(bool windowWasUsed = true, TimeSpan? roundTrip = null)
    {
        Now += Rtt * ((double)BytesPerAck / Control.Window);
        Sample(BytesPerAck, windowWasUsed, roundTrip ?? Rtt);
    }

    public void Run(TimeSpan span, Action? afterEachAck = null, bool windowWasUsed = true)
    {
        for (var end = Now + span; Now < end;)
        {
            Acknowledge(windowWasUsed);
            afterEachAck?.Invoke();
        }
    }

    private void Sample(int bytes, bool windowWasUsed, TimeSpan roundTrip)
    {
        _acknowledged += bytes;
        var una = new SeqNum(unchecked((uint)_acknowledged));
        Control.OnAcknowledged(new AckSample
        {
            Now = Now,
            Acknowledged = bytes,
            Delivered = bytes,
            Una = una,
            Nxt = una + (uint)Control.Window,
            InFlight = Control.Window,
            RoundTrip = roundTrip,
            SmoothedRtt = Rtt,
            WindowWasUsed = windowWasUsed,
        });
    }
}

using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>HyStart++: the exit from the first slow start (RFC 9406).</summary>
public class HyStartTests
{
    private const int Smss = WindowDrive.Smss;

    private static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(40);

    private readonly WindowDrive _drive = new(new Cubic(), Rtt) { BytesPerAck = Smss };

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void Slow_start_doubles_each_round_trip_without_more_delay()
    {
        for (var round = 0; round < 10; round++)
            Round(Rtt);
        Assert.Equal((10_240 * Smss, long.MaxValue), (_drive.Control.Window, _drive.Control.SlowStartThreshold));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "9406 section 4.2")]
    public void A_round_ends_even_after_2_31_bytes_with_an_unused_window(uint irs, uint iss)
    {
        _ = irs;
        var start = default(HyStart);
        var una = new Wire.SeqNum(iss);
        for (var i = 0; i < 8; i++)
            start.OnAcknowledged(Sample(una, Rtt));
        una += 0x9000_0000u;
        start.OnAcknowledged(Sample(una, Rtt));
        for (var i = 0; i < 8; i++)
            start.OnAcknowledged(Sample(una, Rtt * 2));
        Assert.True(start.IsConservative);

        static AckSample Sample(Wire.SeqNum una, TimeSpan rtt) =>
            new() { Una = una, Nxt = una + 1000, RoundTrip = rtt };
    }

    [Fact, Trait("RFC", "9406 section 4.2"), Trait("RFC", "9438 section 4.10")]
    public void A_growing_queue_ends_slow_start_before_a_loss()
    {
        // The bandwidth-delay product is 200 segments; the rest waits in the queue.
        var round = 0;
        for (; _drive.Control.IsInSlowStart; round++)
        {
            Assert.True(round < 20, "slow start went on");
            Round(Rtt * Math.Max(1, _drive.Segments / 200));
        }

        Assert.InRange(_drive.Segments, 200, 2000);
        Assert.InRange(_drive.Control.SlowStartThreshold, _drive.Control.Window - (2 * Smss), _drive.Control.Window);
        // Congestion avoidance starts at the plateau (K is 0).
        var window = _drive.Segments;
        Round(Rtt * 2);
        Assert.InRange(_drive.Segments, window, window + 1.1);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void Conservative_slow_start_grows_by_a_quarter_for_five_rounds_and_ends()
    {
        Round(Rtt);
        Round(Rtt);
        Assert.Equal(40 * Smss, _drive.Control.Window);
        var longer = Rtt + TimeSpan.FromMilliseconds(6);
        // The eighth sample detects the longer round trip; the rest of its round is the first of the five.
        Round(longer);
        Assert.InRange(_drive.Segments, 48, 57);
        for (var round = 2; round <= 5; round++)
        {
            Assert.True(_drive.Control.IsInSlowStart);
            var before = _drive.Segments;
            Round(longer);
            Assert.Equal(1.25, _drive.Segments / before, 0.03);
        }

        // One more ACK: a round ends with the data that was sent at its start.
        Round(longer);
        Assert.False(_drive.Control.IsInSlowStart);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void After_a_delay_spike_slow_start_resumes()
    {
        Round(Rtt);
        Round(Rtt);
        Round(Rtt + TimeSpan.FromMilliseconds(30));
        Assert.InRange(_drive.Segments, 48, 57);
        Round(Rtt);
        var before = _drive.Segments;
        Round(Rtt);
        Assert.Equal(2, _drive.Segments / before, 0.01);
        Assert.Equal(long.MaxValue, _drive.Control.SlowStartThreshold);
    }

    [Theory, Trait("RFC", "9406 section 4.3")]
    [InlineData(1, 4.9, true)]
    [InlineData(1, 5.1, false)]
    [InlineData(80, 89.9, true)]
    [InlineData(80, 90.1, false)]
    [InlineData(400, 415.9, true)]
    [InlineData(400, 416.1, false)]
    public void The_delay_threshold_is_an_eighth_of_the_RTT_between_4_and_16_ms(
        double before, double after, bool staysInSlowStart)
    {
        Round(TimeSpan.FromMilliseconds(before));
        Round(TimeSpan.FromMilliseconds(before));
        Round(TimeSpan.FromMilliseconds(after));
        Assert.Equal(staysInSlowStart, _drive.Segments == 80);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void Seven_samples_in_a_round_are_not_enough()
    {
        var drive = new WindowDrive(new Cubic(), Rtt) { BytesPerAck = 6 * Smss };
        for (var round = 0; round < 2; round++)
            Round(drive, Rtt);
        Round(drive, Rtt * 2);
        Assert.True(drive.Segments >= 70);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void After_a_loss_HyStart_is_off()
    {
        Round(Rtt);
        _drive.Control.OnTimeout(0, isFirst: true, _drive.Now);
        var rtt = Rtt;
        while (_drive.Control.IsInSlowStart)
        {
            Round(rtt);
            rtt += TimeSpan.FromMilliseconds(10);
        }

        Assert.True(_drive.Control.Window >= 14 * Smss);
    }

    private void Round(TimeSpan rtt) => Round(_drive, rtt);

    /// <summary>Acknowledges one window of data with the given round trip.</summary>
    private static void Round(WindowDrive drive, TimeSpan rtt)
    {
        for (var bytes = drive.Control.Window; bytes > 0; bytes -= drive.BytesPerAck)
            drive.Acknowledge(roundTrip: rtt);
    }
}

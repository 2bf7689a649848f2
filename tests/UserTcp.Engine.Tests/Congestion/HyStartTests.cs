using UserTcp.Engine.Congestion;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The way out of the first slow start (RFC 9406).</summary>
public class HyStartTests
{
    private const int Smss = WindowDrive.Smss;

    private static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(40);

    private readonly WindowDrive _drive = new(new Cubic(), Rtt) { OctetsPerAck = Smss };

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void Without_more_delay_slow_start_doubles_with_each_round_trip()
    {
        for (var round = 0; round < 10; round++)
            Round(Rtt);
        Assert.Equal((10_240 * Smss, long.MaxValue), (_drive.Control.Window, _drive.Control.SlowStartThreshold));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "9406 section 4.2")]
    public void A_round_has_ended_also_when_the_window_was_not_used_for_2_31_octets(uint irs, uint iss)
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

        static AckSample Sample(Wire.SeqNum una, TimeSpan rtt) => new() { Una = una, Nxt = una + 1000, RoundTrip = rtt };
    }

    [Fact, Trait("RFC", "9406 section 4.2"), Trait("RFC", "9438 section 4.10")]
    public void A_queue_that_grows_ends_slow_start_before_there_is_a_loss()
    {
        // The bottleneck holds 200 segments in a round trip; what is more waits in its queue.
        var round = 0;
        for (; _drive.Control.IsInSlowStart; round++)
        {
            Assert.True(round < 20, "slow start went on");
            Round(Rtt * Math.Max(1, _drive.Segments / 200));
        }

        Assert.InRange(_drive.Segments, 200, 2000);
        Assert.InRange(_drive.Control.SlowStartThreshold, _drive.Control.Window - (2 * Smss), _drive.Control.Window);
        // Congestion avoidance starts from a plateau (K is 0).
        var window = _drive.Segments;
        Round(Rtt * 2);
        Assert.InRange(_drive.Segments, window, window + 1.1);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void For_five_rounds_growth_is_a_quarter_and_then_slow_start_is_over()
    {
        Round(Rtt);
        Round(Rtt);
        Assert.Equal(40 * Smss, _drive.Control.Window);
        var longer = Rtt + TimeSpan.FromMilliseconds(6);
        // The eighth sample shows that the round trip is longer; the rest of the round is the first of the five.
        Round(longer);
        Assert.InRange(_drive.Segments, 48, 57);
        for (var round = 2; round <= 5; round++)
        {
            Assert.True(_drive.Control.IsInSlowStart);
            var before = _drive.Segments;
            Round(longer);
            Assert.Equal(1.25, _drive.Segments / before, 0.03);
        }

        // An ACK more, since a round ends with what was sent when it began.
        Round(longer);
        Assert.False(_drive.Control.IsInSlowStart);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void A_spike_only_slows_it_for_as_long_as_it_lasts()
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
    public void An_eighth_more_counts_as_a_queue_but_neither_less_than_4_ms_nor_more_than_16(double before, double after, bool goesOn)
    {
        Round(TimeSpan.FromMilliseconds(before));
        Round(TimeSpan.FromMilliseconds(before));
        Round(TimeSpan.FromMilliseconds(after));
        Assert.Equal(goesOn, _drive.Segments == 80);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void Seven_samples_in_a_round_are_too_few()
    {
        var drive = new WindowDrive(new Cubic(), Rtt) { OctetsPerAck = 6 * Smss };
        for (var round = 0; round < 2; round++)
            Round(drive, Rtt);
        Round(drive, Rtt * 2);
        Assert.True(drive.Segments >= 70);
    }

    [Fact, Trait("RFC", "9406 section 4.2")]
    public void After_a_loss_there_is_no_more_of_it()
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

    /// <summary>A window of data is acknowledged, with this round trip.</summary>
    private static void Round(WindowDrive drive, TimeSpan rtt)
    {
        for (var octets = drive.Control.Window; octets > 0; octets -= drive.OctetsPerAck)
            drive.Acknowledge(roundTrip: rtt);
    }
}

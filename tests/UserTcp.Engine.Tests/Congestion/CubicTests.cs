using UserTcp.Engine.Congestion;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>CUBIC by itself (RFC 9438).</summary>
public class CubicTests
{
    private const double C = 0.4;
    private const double Beta = 0.7;
    private const int Smss = WindowDrive.Smss;

    /// <summary>Round trips in milliseconds and windows at the loss in segments, of a path on which the cubic function is above Reno's window.</summary>
    public static TheoryData<int, int, int> CubicRegion => new()
    {
        { 100, 1000, 2000 },
        { 100, 4000, 2000 },
        { 200, 300, 2000 },
        { 50, 10_000, 1000 },
        { 20, 20_000, 1000 },
        { 100, 1000, 1000 },
    };

    [Theory, MemberData(nameof(CubicRegion)), Trait("RFC", "9438 section 4.2"), Trait("RFC", "9438 section 4.4"), Trait("RFC", "9438 section 4.5")]
    public void After_a_loss_the_window_follows_the_closed_form_within_2_percent(int rtt, int wMax, int octetsPerAck)
    {
        var drive = At(wMax, TimeSpan.FromMilliseconds(rtt), octetsPerAck);
        drive.Loss();
        Assert.Equal(Beta * wMax, drive.Segments, 0.01);
        var start = drive.Now;
        var k = Math.Cbrt(wMax * (1 - Beta) / C);
        var (concave, convex) = (0, 0);
        drive.Run(TimeSpan.FromSeconds(1.8 * k), () =>
        {
            var t = (drive.Now - start).TotalSeconds;
            var expected = (C * Math.Pow(t - k, 3)) + wMax;
            Assert.InRange(drive.Segments, 0.98 * expected, 1.02 * expected);
            _ = t < k ? concave++ : convex++;
        });
        Assert.True(concave > 1000 && convex > 1000, $"{concave} ACKs in the concave region, {convex} in the convex one");
    }

    [Theory, Trait("RFC", "9438 section 4.3")]
    [InlineData(1, 100)]
    [InlineData(5, 50)]
    [InlineData(10, 40)]
    [InlineData(2, 500)]
    public void On_short_paths_the_window_follows_renos_within_2_percent(int rtt, int wMax)
    {
        var drive = At(wMax, TimeSpan.FromMilliseconds(rtt));
        drive.Loss();
        var start = drive.Now;
        var alpha = 3 * (1 - Beta) / (1 + Beta);
        var roundTripsToPrior = wMax * (1 - Beta) / alpha;
        drive.Run(drive.Rtt * (1.5 * roundTripsToPrior), () =>
        {
            var n = (drive.Now - start) / drive.Rtt;
            var expected = n < roundTripsToPrior ? (Beta * wMax) + (alpha * n) : wMax + (n - roundTripsToPrior);
            Assert.InRange(drive.Segments, 0.98 * expected, 1.02 * expected);
        });
        Assert.True(drive.Segments > wMax);
    }

    [Fact, Trait("RFC", "9438 section 4.2")]
    public void The_window_grows_by_half_at_most_in_a_round_trip()
    {
        var drive = At(100, TimeSpan.FromSeconds(1));
        drive.Loss();
        // Seconds beyond K the curve is very steep.
        for (var i = 0; i < 12; i++)
        {
            var before = drive.Segments;
            drive.Run(drive.Rtt);
            Assert.True(drive.Segments <= 1.66 * before, $"from {before} to {drive.Segments}");
        }
    }

    [Theory, Trait("RFC", "9438 section 4.4")]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(4000)]
    public void It_does_not_matter_how_acknowledgments_are_divided(int octetsPerAck)
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100), octetsPerAck);
        drive.Loss();
        drive.Run(TimeSpan.FromSeconds(1));
        Assert.Equal((C * Math.Pow(1 - Math.Cbrt(300 / C), 3)) + 1000, drive.Segments, 5.0);
    }

    [Fact, Trait("RFC", "9438 section 4.7")]
    public void A_flow_that_shrinks_lets_go_of_more()
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Loss();
        // From 700 to 490, and the plateau is 595, not 700.
        Assert.Equal(490, drive.Segments, 0.01);
        var k = Math.Cbrt((595 - 490) / C);
        drive.Run(TimeSpan.FromSeconds(k));
        Assert.InRange(drive.Segments, 0.99 * 595, 1.01 * 595);
    }

    [Theory, Trait("RFC", "9438 section 4.6")]
    [InlineData(CongestionEvent.Loss)]
    [InlineData(CongestionEvent.Ece)]
    public void Congestion_leaves_70_percent_and_two_segments_at_least(object what)
    {
        var drive = At(100, TimeSpan.FromMilliseconds(100));
        drive.Control.OnCongestion((CongestionEvent)what, 0, drive.Now);
        Assert.Equal((70 * Smss, 70 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
        for (var i = 0; i < 20; i++)
            drive.Control.OnCongestion((CongestionEvent)what, 0, drive.Now);
        Assert.Equal((2 * Smss, 2 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
    }

    [Fact, Trait("RFC", "9438 section 4.8"), Trait("RFC", "3465 section 2.3")]
    public void After_a_timeout_slow_start_goes_up_to_70_percent_and_the_curve_starts_flat()
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100));
        drive.Control.OnTimeout(0, isFirst: true, drive.Now);
        drive.Control.OnTimeout(0, isFirst: false, drive.Now);
        Assert.Equal((Smss, 700 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
        drive.Acknowledge();
        Assert.Equal(2 * Smss, drive.Control.Window);
        while (drive.Control.IsInSlowStart)
            drive.Acknowledge();
        Assert.InRange(drive.Segments, 700, 702);
        drive.Run(TimeSpan.FromSeconds(2));
        // K is 0, and W_max is where congestion avoidance began: 0.4 t^3 above it. Reno would be faster at first.
        Assert.InRange(drive.Segments, 702, 720);
    }

    [Fact, Trait("RFC", "9438 section 4.9")]
    public void Undo_brings_back_the_window_the_threshold_and_the_curve()
    {
        var (disturbed, calm) = (At(1000, TimeSpan.FromMilliseconds(100)), At(1000, TimeSpan.FromMilliseconds(100)));
        foreach (var drive in new[] { disturbed, calm })
        {
            drive.Loss();
            drive.Run(TimeSpan.FromSeconds(3));
        }

        disturbed.Loss();
        disturbed.Control.Undo();
        Assert.Equal((calm.Control.Window, calm.Control.SlowStartThreshold), (disturbed.Control.Window, disturbed.Control.SlowStartThreshold));
        disturbed.Control.OnTimeout(0, isFirst: true, disturbed.Now);
        disturbed.Control.OnTimeout(0, isFirst: false, disturbed.Now);
        disturbed.Control.Undo();
        foreach (var drive in new[] { disturbed, calm })
            drive.Run(TimeSpan.FromSeconds(12));
        Assert.Equal(calm.Control.Window, disturbed.Control.Window);
        Assert.True(calm.Segments > 1010);
    }

    [Fact, Trait("RFC", "9438 section 4.9")]
    public void Undo_of_the_first_loss_is_slow_start_again()
    {
        var drive = At(100, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Control.Undo();
        Assert.True(drive.Control.IsInSlowStart);
        Assert.Equal((100 * Smss, long.MaxValue), (drive.Control.Window, drive.Control.SlowStartThreshold));
    }

    [Theory, Trait("RFC", "9438 section 5.8"), Trait("RFC", "7661 section 4.2")]
    [InlineData(false)]
    [InlineData(true)]
    public void Time_in_which_the_window_is_not_used_does_not_count(bool nothingInFlight)
    {
        var (paused, steady) = (At(1000, TimeSpan.FromMilliseconds(100)), At(1000, TimeSpan.FromMilliseconds(100)));
        foreach (var drive in new[] { paused, steady })
        {
            drive.Loss();
            drive.Run(TimeSpan.FromSeconds(5));
        }

        var before = paused.Control.Window;
        if (nothingInFlight)
        {
            paused.Pause(TimeSpan.FromSeconds(30));
            paused.Control.OnSending(inFlight: 0, paused.Now);
        }
        else
        {
            paused.Run(TimeSpan.FromSeconds(30), windowWasUsed: false);
        }

        Assert.Equal(before, paused.Control.Window);
        foreach (var drive in new[] { paused, steady })
            drive.Run(TimeSpan.FromSeconds(6));
        Assert.InRange(paused.Segments, 0.99 * steady.Segments, 1.01 * steady.Segments);
    }

    [Fact, Trait("RFC", "5681 section 4.1")]
    public void After_idleness_it_starts_with_the_initial_window_and_soon_is_where_it_was()
    {
        var drive = At(100, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Control.OnIdle(drive.Now);
        Assert.Equal((10 * Smss, 70 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
        drive.Run(TimeSpan.FromSeconds(1));
        Assert.InRange(drive.Segments, 70, 100);
    }

    [Theory, Trait("RFC", "9406 section 4.2")]
    [InlineData(false, 8)]
    [InlineData(true, 20)]
    public void In_slow_start_an_ack_counts_for_eight_segments_unless_sending_is_paced(bool isPaced, int segments)
    {
        var drive = new WindowDrive(new Cubic(), TimeSpan.FromMilliseconds(100)) { OctetsPerAck = 20 * Smss };
        if (isPaced)
            drive.Control.Pace(drive.Rtt, Smss, drive.Now);
        drive.Acknowledge();
        Assert.Equal(10 + segments, drive.Segments);
    }

    [Fact, Trait("RFC", "8201 section 5.4")]
    public void A_smaller_segment_leaves_the_window_and_its_plateau_in_octets()
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Control.OnSmssChanged(Smss / 2);
        Assert.Equal(700 * Smss, drive.Control.Window);
        // In segments of half the size: from 1400 back to 2000.
        drive.Run(TimeSpan.FromSeconds(Math.Cbrt(600 / C)));
        Assert.InRange(drive.Segments, 990, 1010);
    }

    /// <summary>In slow start up to a window.</summary>
    private static WindowDrive At(int segments, TimeSpan rtt, int octetsPerAck = 2 * Smss)
    {
        var drive = new WindowDrive(new Cubic(), rtt) { OctetsPerAck = octetsPerAck };
        while (drive.Control.Window < segments * Smss)
            drive.Control.OnAcknowledged((int)Math.Min(Smss, (segments * Smss) - drive.Control.Window), windowWasUsed: true);
        return drive;
    }
}

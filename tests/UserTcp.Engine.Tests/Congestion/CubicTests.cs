using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>CUBIC in isolation (RFC 9438).</summary>
public class CubicTests
{
    private const double C = 0.4;
    private const double Beta = 0.7;
    private const int Smss = WindowDrive.Smss;

    /// <summary>
    /// Round trips (ms) and windows at the loss (segments) in the region where the cubic function exceeds Reno's
    /// window.
    /// </summary>
    public static TheoryData<int, int, int> CubicRegion => new()
    {
        { 100, 1000, 2000 },
        { 100, 4000, 2000 },
        { 200, 300, 2000 },
        { 50, 10_000, 1000 },
        { 20, 20_000, 1000 },
        { 100, 1000, 1000 },
    };

    [Theory, MemberData(nameof(CubicRegion)), Trait("RFC", "9438 section 4.2"), Trait("RFC", "9438 section 4.4"),
        Trait("RFC", "9438 section 4.5")]
    public void After_a_loss_the_window_follows_the_cubic_function_within_2_percent(int rtt, int wMax, int bytesPerAck)
    {
        var drive = At(wMax, TimeSpan.FromMilliseconds(rtt), bytesPerAck);
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
        Assert.True(
            concave > 1000 && convex > 1000, $"{concave} ACKs in the concave region, {convex} in the convex one");
    }

    [Theory, Trait("RFC", "9438 section 4.3")]
    [InlineData(1, 100)]
    [InlineData(5, 50)]
    [InlineData(10, 40)]
    [InlineData(2, 500)]
    public void On_short_paths_the_window_follows_Reno_within_2_percent(int rtt, int wMax)
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
    public void The_window_grows_by_half_or_less_per_round_trip()
    {
        var drive = At(100, TimeSpan.FromSeconds(1));
        drive.Loss();
        // Well beyond K the curve is very steep.
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
    public void The_division_of_ACKs_does_not_change_the_growth(int bytesPerAck)
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100), bytesPerAck);
        drive.Loss();
        drive.Run(TimeSpan.FromSeconds(1));
        Assert.Equal((C * Math.Pow(1 - Math.Cbrt(300 / C), 3)) + 1000, drive.Segments, 5.0);
    }

    [Fact, Trait("RFC", "9438 section 4.7")]
    public void Fast_convergence_lowers_the_plateau_of_a_shrinking_flow()
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Loss();
        // The window falls from 700 to 490, and fast convergence sets the plateau to 595 instead of 700.
        Assert.Equal(490, drive.Segments, 0.01);
        var k = Math.Cbrt((595 - 490) / C);
        drive.Run(TimeSpan.FromSeconds(k));
        Assert.InRange(drive.Segments, 0.99 * 595, 1.01 * 595);
    }

    [Theory, Trait("RFC", "9438 section 4.6")]
    [InlineData(CongestionEvent.Loss)]
    [InlineData(CongestionEvent.Ece)]
    public void Congestion_leaves_70_percent_or_a_min_of_two_segments(object what)
    {
        var drive = At(100, TimeSpan.FromMilliseconds(100));
        drive.Control.OnCongestion((CongestionEvent)what, 0, drive.Now);
        Assert.Equal((70 * Smss, 70 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
        for (var i = 0; i < 20; i++)
            drive.Control.OnCongestion((CongestionEvent)what, 0, drive.Now);
        Assert.Equal((2 * Smss, 2 * Smss), (drive.Control.Window, drive.Control.SlowStartThreshold));
    }

    [Fact, Trait("RFC", "9438 section 4.8"), Trait("RFC", "3465 section 2.3")]
    public void After_a_timeout_slow_start_ends_at_70_percent_and_the_curve_starts_flat()
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
        // K is 0 and W_max is the window at the start of congestion avoidance: W = W_max + 0.4 t^3. Reno is faster at
        // first.
        Assert.InRange(drive.Segments, 702, 720);
    }

    [Fact, Trait("RFC", "9438 section 4.9")]
    public void Undo_restores_the_window_the_threshold_and_the_curve()
    {
        var (disturbed, calm) = (At(1000, TimeSpan.FromMilliseconds(100)), At(1000, TimeSpan.FromMilliseconds(100)));
        foreach (var drive in new[] { disturbed, calm })
        {
            drive.Loss();
            drive.Run(TimeSpan.FromSeconds(3));
        }

        disturbed.Loss();
        disturbed.Control.Undo();
        Assert.Equal(
            (calm.Control.Window, calm.Control.SlowStartThreshold),
            (disturbed.Control.Window, disturbed.Control.SlowStartThreshold));
        disturbed.Control.OnTimeout(0, isFirst: true, disturbed.Now);
        disturbed.Control.OnTimeout(0, isFirst: false, disturbed.Now);
        disturbed.Control.Undo();
        foreach (var drive in new[] { disturbed, calm })
            drive.Run(TimeSpan.FromSeconds(12));
        Assert.Equal(calm.Control.Window, disturbed.Control.Window);
        Assert.True(calm.Segments > 1010);
    }

    [Fact, Trait("RFC", "9438 section 4.9")]
    public void Undo_of_the_first_loss_returns_to_slow_start()
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
    public void Application_limited_time_does_not_count(bool nothingInFlight)
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
            paused.Control.OnSendingFromIdle(paused.Now);
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
    public void After_idle_the_window_restarts_and_slow_start_returns_to_the_threshold()
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
    public void In_slow_start_an_ACK_counts_for_eight_segments_or_all_if_paced(bool isPaced, int segments)
    {
        var drive = new WindowDrive(new Cubic(), TimeSpan.FromMilliseconds(100)) { BytesPerAck = 20 * Smss };
        if (isPaced)
            drive.Control.Pace(drive.Rtt, drive.Now);
        drive.Acknowledge();
        Assert.Equal(10 + segments, drive.Segments);
    }

    [Fact, Trait("RFC", "8201 section 5.4")]
    public void A_smaller_SMSS_keeps_the_window_and_plateau_in_bytes()
    {
        var drive = At(1000, TimeSpan.FromMilliseconds(100));
        drive.Loss();
        drive.Control.SetSmss(Smss / 2);
        Assert.Equal(700 * Smss, drive.Control.Window);
        // With half the SMSS the window grows from 1400 back to 2000 segments.
        drive.Run(TimeSpan.FromSeconds(Math.Cbrt(600 / C)));
        Assert.InRange(drive.Segments, 990, 1010);
    }

    /// <summary>A connection in slow start at the given window.</summary>
    private static WindowDrive At(int segments, TimeSpan rtt, int bytesPerAck = 2 * Smss)
    {
        var drive = new WindowDrive(new Cubic(), rtt) { BytesPerAck = bytesPerAck };
        while (drive.Control.Window < segments * Smss)
        {
            drive.Control.OnAcknowledged(
                (int)Math.Min(Smss, (segments * Smss) - drive.Control.Window), windowWasUsed: true);
        }

        return drive;
    }
}

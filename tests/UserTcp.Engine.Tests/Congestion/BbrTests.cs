using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>BBR (draft-ietf-ccwg-bbr) on a model of a path.</summary>
public class BbrTests
{
    private const int Smss = ModelPath.Smss;

    /// <summary>Mbit/s, round trip in milliseconds, and the buffer in bandwidth-delay products.</summary>
    public static TheoryData<double, double, double> Paths => new()
    {
        { 10, 100, 4 },
        { 10, 20, 1 },
        { 100, 20, 4 },
        { 2, 50, 10 },
        { 100, 100, 1 },
    };

    [Theory, MemberData(nameof(Paths))]
    public void BBR_finds_the_rate_and_keeps_the_queue_small(double megabits, double milliseconds, double buffer)
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, megabits, milliseconds, buffer);
        path.Run(TimeSpan.FromSeconds(3));
        path.ResetMeanQueueDelay();
        var used = path.Run(TimeSpan.FromSeconds(30));
        Assert.InRange(control.Bw, 0.95 * path.Rate, 1.05 * path.Rate);
        Assert.InRange(used, 0.9, 1);
        // A quarter of the round trip, plus one burst.
        Assert.InRange(
            path.ResetMeanQueueDelay().TotalSeconds, 0, (0.25 * path.Delay.TotalSeconds) + (2 * Smss / path.Rate));
    }

    [Fact]
    public void In_a_deep_buffer_the_queue_is_a_fraction_of_CUBICs()
    {
        var (bbr, cubic) = (new ModelPath(new Bbr(1), 10, 40, 4), new ModelPath(new Cubic(), 10, 40, 4));
        foreach (var path in new[] { bbr, cubic })
            path.Run(TimeSpan.FromSeconds(30));
        Assert.True(bbr.ResetMeanQueueDelay() < cubic.ResetMeanQueueDelay() / 4);
    }

    /// <summary>
    /// After single bytes the measured rate is a few bytes a second, which says nothing about the path.
    /// </summary>
    [Fact]
    public void Pacing_allows_the_min_window_per_round_trip_at_any_measured_rate()
    {
        var control = new Bbr(1);
        control.Begin(Smss, handshakeRetransmitted: false);
        var roundTrip = TimeSpan.FromMilliseconds(800);
        for (var round = 1; round <= 10; round++)
        {
            control.OnAcknowledged(new AckSample
            {
                Now = new MonotonicTime(round * roundTrip.Ticks),
                Acknowledged = 1,
                Delivered = 1,
                RoundTrip = roundTrip,
                SmoothedRtt = roundTrip,
                WindowWasUsed = true,
                Rate = new DeliveryRate
                {
                    Delivered = 1,
                    Interval = roundTrip,
                    PriorDelivered = round - 1,
                    TotalDelivered = round,
                },
            });
        }

        Assert.NotEqual(BbrState.Startup, control.State);
        Assert.InRange(control.Bw, 1, 2);
        Assert.Equal((long)(4 * Smss / roundTrip.TotalSeconds), control.PacingRate(roundTrip));
    }

    [Fact]
    public void Startup_doubles_until_the_path_is_full_and_Drain_empties_the_queue()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 100, 100, 4);
        path.Run(TimeSpan.FromSeconds(0.65));
        Assert.Equal(BbrState.Startup, control.State);
        // 856 segments are 6.4 doublings of 10; three more round trips show that the rate no longer grows.
        path.Run(TimeSpan.FromSeconds(1.4));
        Assert.InRange(control.State, BbrState.ProbeDown, BbrState.ProbeUp);
        Assert.InRange(control.Bw, 0.95 * path.Rate, 1.05 * path.Rate);
    }

    [Fact]
    public void ProbeRTT_reduces_the_flight_for_200_ms_every_five_seconds()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 10, 40, 4);
        var episodes = new List<(MonotonicTime Begin, MonotonicTime End, long MinFlight)>();
        path.Watch = inFlight =>
        {
            if (control.State != BbrState.ProbeRtt)
                return;
            if (episodes.Count == 0 || path.Now - episodes[^1].End > TimeSpan.FromSeconds(1))
                episodes.Add((path.Now, path.Now, inFlight));
            episodes[^1] = (episodes[^1].Begin, path.Now, Math.Min(episodes[^1].MinFlight, inFlight));
        };
        path.Run(TimeSpan.FromSeconds(31));
        Assert.InRange(episodes.Count, 4, 6);
        Assert.All(episodes, episode =>
        {
            Assert.InRange((episode.End - episode.Begin).TotalMilliseconds, 200, 400);
            Assert.InRange(episode.MinFlight, 1, 0.6 * path.Bdp);
        });
    }

    [Theory]
    [InlineData(0.01, 0.8)]
    [InlineData(0.005, 0.85)]
    public void Random_losses_hardly_reduce_the_rate(double loss, double min)
    {
        // Whether a loss hits a probe is chance: average over several runs.
        var used = Enumerable.Range(1, 8).Average(seed =>
        {
            var path = new ModelPath(new Bbr((uint)seed), 20, 40, 4, loss);
            path.Run(TimeSpan.FromSeconds(5));
            return path.Run(TimeSpan.FromSeconds(60));
        });
        Assert.InRange(used, min, 1);
        // NewReno loses most of its rate here.
        var reno = new ModelPath(new NewReno(), 20, 40, 4, loss);
        reno.Run(TimeSpan.FromSeconds(5));
        Assert.True(reno.Run(TimeSpan.FromSeconds(60)) < used / 2);
    }

    [Fact]
    public void In_a_shallow_buffer_inflight_hi_bounds_the_losses()
    {
        var path = new ModelPath(new Bbr(1), 50, 40, bufferInBdp: 0.1);
        path.Run(TimeSpan.FromSeconds(5));
        var lost = path.Lost;
        var delivered = path.Delivered;
        var used = path.Run(TimeSpan.FromSeconds(60));
        Assert.InRange((double)(path.Lost - lost) / (path.Delivered - delivered), 0, 0.02);
        Assert.InRange(used, 0.75, 1);
    }

    [Theory]
    [InlineData(10, 100, 6)]
    [InlineData(100, 10, 12)]
    public void BBR_follows_a_change_of_the_rate(double before, double after, double seconds)
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, before, 40, 4);
        path.Run(TimeSpan.FromSeconds(10));
        path.Rate = after * 1e6 / 8;
        path.Run(TimeSpan.FromSeconds(seconds));
        Assert.InRange(control.Bw, 0.9 * path.Rate, 1.1 * path.Rate);
    }

    [Fact]
    public void The_ProbeBW_cycle_is_down_cruise_refill_up()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 10, 40, 4);
        path.Run(TimeSpan.FromSeconds(2));
        var states = new List<BbrState>();
        path.Watch = _ =>
        {
            if (states.Count == 0 || states[^1] != control.State)
                states.Add(control.State);
        };
        path.Run(TimeSpan.FromSeconds(20));
        var cycle = string.Join(' ', states);
        Assert.Contains(
            $"{BbrState.ProbeDown} {BbrState.ProbeCruise} {BbrState.ProbeRefill} "
            + $"{BbrState.ProbeUp} {BbrState.ProbeDown}",
            cycle, StringComparison.Ordinal);
        Assert.DoesNotContain(BbrState.Startup, states);
    }

    [Fact]
    public void Probes_are_randomized_per_connection_and_reproducible_by_seed()
    {
        var times = new[] { 1ul, 2ul, 1ul }.Select(seed =>
        {
            var control = new Bbr(seed);
            var path = new ModelPath(control, 100, 100, 4);
            var probes = new List<MonotonicTime>();
            var last = BbrState.Startup;
            path.Watch = _ =>
            {
                if (control.State == BbrState.ProbeUp && last != BbrState.ProbeUp)
                    probes.Add(path.Now);
                last = control.State;
            };
            path.Run(TimeSpan.FromSeconds(15));
            return probes;
        }).ToArray();
        Assert.NotEmpty(times[0]);
        Assert.Equal(times[0], times[2]);
        Assert.NotEqual(times[0], times[1]);
    }

    [Fact]
    public void After_a_timeout_the_window_is_one_segment_and_recovers_within_a_second()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 10, 40, 4);
        path.Run(TimeSpan.FromSeconds(3));
        path.Timeout();
        Assert.Equal(Smss, control.Window);
        path.Run(TimeSpan.FromSeconds(1));
        Assert.InRange(path.Run(TimeSpan.FromSeconds(3)), 0.85, 1);
    }

    [Fact]
    public void Undo_restores_the_window_and_the_state()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 100, 100, 4);
        path.Run(TimeSpan.FromSeconds(0.5));
        var window = control.Window;
        path.LossRate = 0.2;
        while (control.State == BbrState.Startup)
            path.Run(TimeSpan.FromMilliseconds(1));
        Assert.Equal(BbrState.Drain, control.State);
        path.LossRate = 0;
        control.Undo();
        Assert.Equal(BbrState.Startup, control.State);
        Assert.True(control.Window >= window);
        path.Run(TimeSpan.FromSeconds(3));
        Assert.InRange(control.Bw, 0.95 * path.Rate, 1.05 * path.Rate);
    }

    [Fact]
    public void After_idle_BBR_continues_at_the_known_rate()
    {
        var control = new Bbr(1);
        var path = new ModelPath(control, 10, 40, 4);
        path.Run(TimeSpan.FromSeconds(3));
        var window = control.Window;
        path.Idle(TimeSpan.FromSeconds(2));
        control.OnIdle(path.Now);
        Assert.Equal(window, control.Window);
        Assert.InRange(control.PacingRate(path.Delay), 0.98 * path.Rate, 1.01 * path.Rate);
        Assert.InRange(path.Run(TimeSpan.FromSeconds(1)), 0.9, 1);
    }

    [Theory]
    [InlineData(65_495)]
    [InlineData(32_769)]
    [InlineData(28)]
    public void BBR_works_with_any_SMSS(int smss)
    {
        var control = new Bbr(1);
        control.Begin(smss, handshakeRetransmitted: false);
        control.OnAcknowledged(new AckSample
        {
            Now = new MonotonicTime(TimeSpan.FromSeconds(1).Ticks),
            Acknowledged = smss,
            Delivered = smss,
            RoundTrip = TimeSpan.FromMilliseconds(10),
            SmoothedRtt = TimeSpan.FromMilliseconds(10),
            WindowWasUsed = true,
        });
        Assert.True(control.Window >= smss);
    }

    [Fact]
    public void BBR_replaces_PRR_and_paces_from_the_first_sample()
    {
        var control = new Bbr(1);
        control.Begin(Smss, handshakeRetransmitted: false);
        Assert.True(control.OwnsRecovery);
        Assert.Equal(0, control.PacingRate(TimeSpan.Zero));
        Assert.Equal(2.77 * 14_600 / 0.1, control.PacingRate(TimeSpan.FromMilliseconds(100)), 1.0);
    }

    [Fact]
    public void Application_limited_samples_do_not_lower_the_rate()
    {
        var s = new Script(new EngineOptions { CongestionControl = CongestionAlgorithm.Bbr });
        s.Accept();
        var acknowledged = 1u;
        for (var i = 0; i < 40; i++)
        {
            s.Send(new byte[100]);
            s.PassMilliseconds(20);
            s.Inject(Wire.TcpFlags.Ack, seq: 1, ack: acknowledged += 100);
        }

        var control = Assert.IsType<Bbr>(s.Connection.Congestion);
        Assert.Equal(BbrState.Startup, control.State);
        // A bulk transfer afterwards runs at the full rate.
        s.Drain();
        s.Send(new byte[100_000]);
        s.PassMilliseconds(20);
        Assert.True(s.Drain() >= 10);
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>
/// Minimum progress (<see cref="EngineOptions.MinProgressInterval"/>): here 1,000 bytes a minute. RFC 9293 section
/// 3.8.6.1 lets an application or a resource policy end a connection whose peer keeps its window closed.
/// </summary>
[Trait("RFC", "9293 section 3.8.6.1")]
public sealed class MinProgressTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const int MinBytes = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private static EngineOptions Options => new() { MinProgressInterval = Interval, MinProgressBytes = MinBytes };

    [Theory]
    [InlineData(false, Isn.BeforeHalf, Isn.BeforeWrap)]
    [InlineData(true, Isn.BeforeWrap, Isn.BeforeHalf)]
    public void A_window_closed_for_an_interval_ends_the_connection_even_with_answered_probes(
        bool somethingInFlight, uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, window: somethingInFlight ? 1000u : 0u, engine: Options);
        script.Send("never taken");
        var end = script.Now + Interval;

        AnswerProbes(script, end - Millisecond);
        Assert.Equal(TcpState.Established, script.State);
        script.Drain();
        script.Pass(end - script.Now);

        AssertReset(script);
    }

    [Theory]
    [MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Rare_ACKs_of_one_byte_are_not_enough(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, engine: Options);
        script.Send(new byte[5000]);
        var end = script.Now + Interval;

        var acknowledged = Trickle(script, end - Millisecond, step: 1, every: TimeSpan.FromMilliseconds(500));
        Assert.Equal(TcpState.Established, script.State);
        Assert.InRange(acknowledged, 100u, (uint)MinBytes - 1);
        script.Drain();
        script.Pass(end - script.Now);

        AssertReset(script);
    }

    [Theory]
    [MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_window_that_opens_byte_by_byte_is_not_enough(uint irs, uint iss)
    {
        var script = Script.Established(
            irs, iss, window: 1, engine: Options, connection: new ConnectionOptions { NoDelay = true });
        script.Send(new byte[5000]);
        var end = script.Now + Interval;

        var acknowledged = Trickle(
            script, end - Millisecond, step: 1, every: TimeSpan.FromMilliseconds(500), window: 1);
        Assert.Equal(TcpState.Established, script.State);
        Assert.InRange(acknowledged, 10u, (uint)MinBytes - 1);
        script.Drain();
        script.Pass(end - script.Now);

        AssertReset(script);
    }

    [Theory]
    [MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_slow_peer_above_the_minimum_rate_is_never_reset(uint irs, uint iss)
    {
        const int Bytes = 100 * MinBytes;
        var script = Script.Established(irs, iss, engine: Options);
        script.Send(new byte[Bytes]);

        // 50 bytes every 2.99 s are just above 1,000 a minute; the transfer takes almost 100 minutes.
        var acknowledged = Trickle(
            script, script.Now + TimeSpan.FromHours(3), step: 50, every: TimeSpan.FromMilliseconds(2990), last: Bytes);

        Assert.Equal((TcpState.Established, (uint)Bytes), (script.State, acknowledged));
        Assert.Equal(0, script.Count(Counter.MinProgressResets));
    }

    [Fact]
    public void Each_interval_counts_by_itself()
    {
        var script = Script.Established(engine: Options);
        script.Send(new byte[5000]);
        var start = script.Now;
        script.Pass(TimeSpan.FromSeconds(1));
        script.Inject(Ack, seq: 1, ack: 1 + (2 * MinBytes) - 1);

        AnswerProbes(script, start + (2 * Interval) - Millisecond, ack: 2 * MinBytes);
        Assert.Equal(TcpState.Established, script.State);
        script.Drain();
        script.Pass(Millisecond);

        AssertReset(script);
    }

    [Fact]
    public void The_min_progress_is_capped_at_the_queued_data()
    {
        var script = Script.Established(engine: Options, connection: new ConnectionOptions { NoDelay = true });
        script.Send("x");
        // The application sends a byte every ten seconds; the peer acknowledges each after the next one is sent.
        for (uint sent = 2; sent <= 100; sent++)
        {
            script.Pass(TimeSpan.FromSeconds(10));
            script.Send("x");
            script.Inject(Ack, seq: 1, ack: sent);
        }

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    public void An_idle_connection_has_no_timer_and_new_data_gets_a_whole_interval()
    {
        var script = Script.Established(engine: Options);
        script.Send("taken");
        script.Inject(Ack, seq: 1, ack: 6, window: 0);
        script.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(0, script.Engine.TimerCount);

        script.Send("never taken");
        var end = script.Now + Interval;
        AnswerProbes(script, end - Millisecond, ack: 6);
        Assert.Equal(TcpState.Established, script.State);
        script.Drain();
        script.Pass(end - script.Now);

        AssertReset(script);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_FIN_at_a_closed_window_waits_for_an_interval_like_data(bool isOrphan)
    {
        var script = Script.Established(window: 0, engine: Options);
        if (isOrphan)
            script.Close();
        else
            script.Shutdown();
        script.Drain();
        var end = script.Now + Interval;
        AnswerProbes(script, end - Millisecond);
        Assert.Equal(TcpState.FinWait1, script.State);
        script.Drain();
        script.Pass(end - script.Now);

        script.Expect(TcpFlags.Rst | Ack);
        Assert.Equal(TcpState.Closed, script.State);
    }

    [Fact]
    public void An_orphan_below_the_min_progress_is_reset()
    {
        var script = Script.Established(engine: Options);
        script.Send(new byte[5000]);
        var end = script.Now + Interval;
        script.Close();

        Trickle(script, end - Millisecond, step: 1, every: TimeSpan.FromMilliseconds(500));
        Assert.Equal(TcpState.FinWait1, script.State);
        script.Drain();
        script.Pass(end - script.Now);

        AssertReset(script);
        script.AssertNothingLeft();
    }

    [Fact]
    public void After_all_data_is_acknowledged_the_close_completes()
    {
        var script = Script.Established(engine: Options);
        script.Send("taken");
        script.Shutdown();
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 7);

        script.Pass(TimeSpan.FromHours(1));

        Assert.Equal((TcpState.FinWait2, 0L), (script.State, script.Count(Counter.MinProgressResets)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Min_progress_is_off_by_default(int? ticks)
    {
        Assert.Null(new EngineOptions().MinProgressInterval);
        var script = Script.Established(
            engine: new EngineOptions { MinProgressInterval = ticks is { } t ? TimeSpan.FromTicks(t) : null });
        script.Send(new byte[20_000]);

        Trickle(script, script.Now + TimeSpan.FromHours(2), step: 1, every: TimeSpan.FromSeconds(1));

        Assert.Equal(TcpState.Established, script.State);
    }

    [Theory]
    [InlineData(0, MinBytes, true)]
    [InlineData(1, MinBytes, true)]
    [InlineData(86_400_000L * 365, 1 << 30, true)]
    [InlineData(-1, MinBytes, false)]
    [InlineData((86_400_000L * 365) + 1, MinBytes, false)]
    [InlineData(1, 0, false)]
    [InlineData(1, (1 << 30) + 1, false)]
    public void The_options_are_validated(long milliseconds, int bytes, bool isValid)
    {
        var options = new EngineOptions
        {
            MinProgressInterval = TimeSpan.FromMilliseconds(milliseconds),
            MinProgressBytes = bytes,
        };

        var problems = options.Validate();

        Assert.Equal(isValid ? 0 : 1, problems.Count);
        Assert.All(problems, problem => Assert.Contains("MinProgress", problem, StringComparison.Ordinal));
    }

    private static void AssertReset(Script script)
    {
        script.Expect(TcpFlags.Rst | Ack);
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
        Assert.Equal((1L, 0L), (script.Count(Counter.MinProgressResets), script.Count(Counter.TimedOut)));
        Assert.Equal(SegmentReason.ResetMinProgress, script.Host.Observations[^1].Reason);
    }

    /// <summary>The peer acknowledges <paramref name="step"/> sent bytes at a time; returns the total.</summary>
    private static uint Trickle(
        Script script, MonotonicTime until, uint step, TimeSpan every, uint window = Script.PeerWindow,
        uint last = uint.MaxValue)
    {
        uint acknowledged = 0;
        while (script.Now + every <= until && acknowledged < last && script.State != TcpState.Closed)
        {
            script.Pass(every);
            script.Drain();
            var outstanding = (uint)(script.Connection.Snd.Nxt - script.Connection.Snd.Una);
            acknowledged += Math.Min(step, outstanding);
            script.Inject(Ack, seq: 1, ack: 1 + acknowledged, window: window);
        }

        script.Pass(until > script.Now && acknowledged < last ? until - script.Now : TimeSpan.Zero);
        return acknowledged;
    }

    /// <summary>The peer answers every probe with a closed window.</summary>
    private static void AnswerProbes(Script script, MonotonicTime end, uint ack = 1)
    {
        script.Inject(Ack, seq: 1, ack: ack, window: 0);
        while (script.Now < end)
        {
            script.Drain();
            script.Pass(TimeSpan.FromTicks(
                Math.Min((script.Engine.NextDeadline - script.Now).Ticks, (end - script.Now).Ticks)));
            if (script.Drain() > 0 && script.State != TcpState.Closed)
                script.Inject(Ack, seq: 1, ack: ack, window: 0);
        }
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>
/// The give-up time at a closed window: unlimited while the peer answers (MUST-37), unless the application sets a user
/// timeout (MUST-21), and never longer than R2 with an open window and no progress.
/// </summary>
public sealed class GiveUpTimeTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory]
    [InlineData(false, Isn.BeforeHalf, Isn.BeforeWrap)]
    [InlineData(true, Isn.BeforeWrap, Isn.BeforeHalf)]
    [Trait("RFC9293", "MUST-21")]
    [Trait("RFC", "5482 section 2")]
    public void The_user_timeout_applies_at_a_closed_window_even_if_the_peer_answers(
        bool somethingInFlight, uint irs, uint iss)
    {
        var script = Script.Established(
            irs, iss, window: somethingInFlight ? 1000u : 0u,
            connection: new ConnectionOptions { UserTimeout = TimeSpan.FromMinutes(5) });
        script.Send("never taken");
        var start = script.Now;

        AnswerProbes(script, TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TcpState.Established, script.State);
        script.PassMilliseconds(1);

        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
        Assert.Equal(TimeSpan.FromMinutes(5), script.Now - start);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("RFC9293", "MUST-37")]
    public void Without_a_user_timeout_a_connection_waits_for_a_peer_that_answers(bool somethingInFlight)
    {
        var script = Script.Established(window: somethingInFlight ? 1000u : 0u);
        script.Send("never taken");

        AnswerProbes(script, TimeSpan.FromDays(2));

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-37")]
    public void A_user_timeout_of_zero_waits_even_for_a_silent_peer()
    {
        var script = Script.Established(window: 0, connection: new ConnectionOptions { UserTimeout = TimeSpan.Zero });
        script.Send("never taken");

        script.Pass(TimeSpan.FromDays(2));

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    public void Idle_time_does_not_count()
    {
        var script = Script.Established(connection: new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(10) });
        script.Send("taken");
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 6, window: 0);
        script.Pass(TimeSpan.FromHours(1));
        script.Send("more");

        AnswerProbes(script, TimeSpan.FromSeconds(9.9), ack: 6);
        Assert.Equal(TcpState.Established, script.State);

        AnswerProbes(script, TimeSpan.FromSeconds(0.2), ack: 6);
        Assert.Equal(TcpState.Closed, script.State);
    }

    [Fact]
    [Trait("RFC9293", "SHLD-11")]
    public void R2_counts_time_with_an_open_window()
    {
        var script = Script.Established(mss: 1000, window: 1000);
        script.Send(new byte[5000]);
        var start = script.Now;
        for (var second = 0; script.State == TcpState.Established; second++)
        {
            Assert.True(second < 3600, "the peer holds the connection for ever");
            script.Inject(Ack, seq: 1, ack: 1, window: second % 2 == 0 ? 1000u : 0u);
            script.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(EngineError.TimedOut, script.Connection.Error);
        Assert.InRange(script.Now - start, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(31));
    }

    [Fact]
    [Trait("RFC9293", "MUST-37")]
    public void After_a_day_at_a_closed_window_all_of_R2_is_left()
    {
        var script = Script.Established(window: 1000);
        script.Send("late");
        script.Inject(Ack, seq: 1, ack: 1, window: 0);
        AnswerProbes(script, TimeSpan.FromDays(1));

        script.Inject(Ack, seq: 1, ack: 1, window: 1000);
        script.Pass(TimeSpan.FromMinutes(14));
        Assert.Equal(TcpState.Established, script.State);

        script.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
    }

    /// <summary>The peer answers every probe with a closed window.</summary>
    private static void AnswerProbes(Script script, TimeSpan span, uint ack = 1)
    {
        var end = script.Now + span;
        script.Inject(Ack, seq: 1, ack: ack, window: 0);
        while (script.Now < end)
        {
            script.Drain();
            script.Pass(TimeSpan.FromTicks(
                Math.Min((script.Engine.NextDeadline - script.Now).Ticks, (end - script.Now).Ticks)));
            if (script.Drain() > 0 && script.State == TcpState.Established)
                script.Inject(Ack, seq: 1, ack: ack, window: 0);
        }
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>Keep-alives (RFC 9293 section 3.8.4).</summary>
public sealed class KeepAliveTests
{
    private static readonly ConnectionOptions On = new()
    {
        KeepAlive = true,
        KeepAliveTime = TimeSpan.FromSeconds(60),
        KeepAliveInterval = TimeSpan.FromSeconds(5),
        KeepAliveRetryCount = 3,
    };

    [Fact]
    [Trait("RFC9293", "MUST-25")]
    public void Keep_alive_is_off_by_default()
    {
        var script = new Script();
        script.Accept();

        script.Pass(TimeSpan.FromHours(24));

        script.ExpectNothing();
        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-28")]
    public void The_default_interval_is_two_hours()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { KeepAlive = true });

        Assert.Equal(TimeSpan.FromHours(2), script.PassUntilSent(TimeSpan.FromHours(3)));
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC9293", "MAY-5")]
    [Trait("RFC9293", "MUST-27")]
    [Trait("RFC9293", "SHLD-12")]
    public void A_keep_alive_is_an_empty_segment_before_SND_NXT_and_its_answer_restarts_the_interval(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept(options: On);

        for (var round = 0; round < 3; round++)
        {
            script.Pass(On.KeepAliveTime);
            script.Expect(TcpFlags.Ack, seq: 0, ack: 1, length: 0);
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
            script.ExpectNothing();
        }

        Assert.Equal(3, script.Engine.Counters[Counter.KeepAlives]);
        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-29")]
    public void Unanswered_keep_alives_are_repeated_and_the_last_ends_the_connection()
    {
        var script = new Script();
        script.Accept(options: On);
        script.Pass(On.KeepAliveTime);
        script.Expect(TcpFlags.Ack, seq: 0);

        for (var probe = 1; probe < On.KeepAliveRetryCount; probe++)
        {
            script.Pass(On.KeepAliveInterval);
            script.Expect(TcpFlags.Ack, seq: 0);
            Assert.Equal(TcpState.Established, script.State);
        }

        script.Pass(On.KeepAliveInterval);
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1);
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
    }

    [Fact]
    [Trait("RFC9293", "MUST-29")]
    public void An_answer_resets_the_count()
    {
        var script = new Script();
        script.Accept(
            options: On with { KeepAliveTime = TimeSpan.FromSeconds(1), KeepAliveInterval = TimeSpan.FromSeconds(10) });

        for (var probe = 0; probe < 20; probe++)
        {
            script.PassUntilSent(TimeSpan.FromSeconds(11));
            script.Expect(TcpFlags.Ack, seq: 0);
            if (probe % 2 == 1)
                script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        }

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-26")]
    public void No_keep_alive_is_sent_with_data_in_flight_or_traffic()
    {
        var script = new Script();
        script.Accept(options: On);
        for (var minute = 0; minute < 5; minute++)
        {
            script.Pass(On.KeepAliveTime / 2);
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        }

        script.Send("outstanding");
        script.Drain();
        script.Pass(On.KeepAliveTime * 2);

        Assert.Equal(0, script.Engine.Counters[Counter.KeepAlives]);
    }

    [Fact]
    [Trait("RFC9293", "MUST-24")]
    public void Keep_alive_can_be_switched_on_and_off_on_a_connection()
    {
        var script = new Script();
        script.Accept();

        script.Engine.SetOptions(script.Connection, On, script.Now);
        script.Pass(On.KeepAliveTime);
        script.Expect(TcpFlags.Ack, seq: 0);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.Engine.SetOptions(script.Connection, ConnectionOptions.Default, script.Now);
        script.Pass(TimeSpan.FromHours(5));

        script.ExpectNothing();
    }

    [Fact]
    [Trait("RFC9293", "MUST-29")]
    public void A_limit_of_one_keep_alive_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { KeepAliveRetryCount = 1 });
}

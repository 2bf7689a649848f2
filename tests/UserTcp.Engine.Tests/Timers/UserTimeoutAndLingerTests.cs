using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>User timeout (RFC 9293 sections 3.8.3 and 3.10.8, RFC 5482) and linger.</summary>
public sealed class UserTimeoutAndLingerTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(3000)]
    [Trait("RFC9293", "MUST-21")]
    [Trait("RFC", "5482 section 2")]
    public void The_user_timeout_ends_the_connection(int seconds)
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(seconds) });
        script.Send("never acknowledged");
        script.Drain();

        script.Pass(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TcpState.Established, script.State);
        script.Drain();
        script.PassMilliseconds(1);

        script.Expect(TcpFlags.Rst | TcpFlags.Ack);
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
    }

    [Fact]
    [Trait("RFC9293", "MUST-21")]
    public void A_user_timeout_of_zero_is_unlimited()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { UserTimeout = TimeSpan.Zero });
        script.Send("never acknowledged");

        script.Pass(TimeSpan.FromDays(2));

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-21")]
    [Trait("RFC9293", "MUST-22")]
    [Trait("RFC", "5482 section 2")]
    public void The_user_timeout_applies_to_the_SYN()
    {
        var script = new Script();
        script.Open(new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(10) });

        script.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
    }

    [Fact]
    public void Progress_restarts_the_user_timeout()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(10) });
        script.Send("abcdefghij");
        for (uint value = 1; value < 10; value++)
        {
            script.Pass(TimeSpan.FromSeconds(8));
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + value);
        }

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    public void A_linger_time_of_zero_resets_at_once()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { LingerTime = TimeSpan.Zero });
        script.Engine.Send(script.Connection, script.Host.Chain("dropped"u8), script.Now);

        script.Close();

        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1);
        script.ExpectNothing();
        Assert.Equal(TcpState.Closed, script.State);
    }

    [Fact]
    public void The_linger_time_resets_a_connection_with_unacknowledged_data()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { LingerTime = TimeSpan.FromSeconds(5) });
        script.Send("not acknowledged");
        script.Close();
        script.Pass(TimeSpan.FromSeconds(4.999));
        Assert.Equal(TcpState.FinWait1, script.State);
        script.Drain();

        script.PassMilliseconds(1);

        script.Expect(TcpFlags.Rst | TcpFlags.Ack);
        Assert.Equal(TcpState.Closed, script.State);
    }

    [Fact]
    public void Linger_ends_when_the_FIN_is_acknowledged()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { LingerTime = TimeSpan.FromSeconds(5) });
        script.Close();
        script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 2);

        script.Pass(TimeSpan.FromSeconds(6));

        Assert.Equal(TcpState.FinWait2, script.State);
        Assert.True(script.EventsSoFar().HasFlag(EngineEvents.WritesClosed));
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>Zero-window probes (RFC 9293 section 3.8.6.1).</summary>
public class ZeroWindowTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-36"), Trait("RFC9293", "SHLD-29"), Trait("RFC9293", "SHLD-30")]
    [Trait("SynCookies", "never")]
    public void A_closed_window_is_probed_after_an_RTO_and_then_at_doubling_intervals(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, window: 0);
        script.Send("hello");
        script.ExpectNothing();
        var interval = TimeSpan.FromMilliseconds(200);
        for (var probe = 0; probe < 8; probe++)
        {
            Assert.Equal(interval, script.PassUntilSent(TimeSpan.FromSeconds(120)));
            script.Expect(Ack, seq: 0, ack: 1, length: 0);
            script.ExpectNothing();
            script.Inject(Ack, seq: 1, ack: 1, window: 0);
            interval *= 2;
        }
    }

    [Fact, Trait("RFC", "9293 section 3.8.6.2.1")]
    public void A_small_window_that_opens_after_many_probes_is_used_after_the_override_time()
    {
        var script = Script.Established(window: 4000);
        script.Inject(Ack, seq: 1, ack: 1, window: 0);
        script.Send(new string('x', 1000));
        for (var probe = 0; probe < 6; probe++)
        {
            script.PassUntilSent(TimeSpan.FromSeconds(120));
            script.Expect(Ack, seq: 0, ack: 1, length: 0);
            script.Inject(Ack, seq: 1, ack: 1, window: 0);
        }

        // The next probe would go out after 12.8 s.
        script.Inject(Ack, seq: 1, ack: 1, window: 10);
        Assert.InRange(
            script.PassUntilSent(TimeSpan.FromSeconds(120)), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        script.Expect(Ack, seq: 1, ack: 1, length: 10);
    }

    [Fact, Trait("RFC9293", "MUST-37")]
    public void A_peer_that_answers_probes_is_probed_for_days()
    {
        var script = Script.Established(window: 0);
        script.Send("hello");
        var start = script.Now;
        while (script.Now - start < TimeSpan.FromDays(2))
        {
            Assert.InRange(
                script.PassUntilSent(TimeSpan.FromSeconds(120)), TimeSpan.FromMilliseconds(200),
                TimeSpan.FromSeconds(120));
            script.Expect(Ack, seq: 0, length: 0);
            script.Inject(Ack, seq: 1, ack: 1, window: 0);
        }

        Assert.Equal(TcpState.Established, script.State);
    }

    [Fact]
    public void A_peer_that_answers_no_probe_is_given_up_after_R2()
    {
        var script = Script.Established(window: 0);
        script.Send("hello");
        script.Pass(TimeSpan.FromMinutes(20));
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
        Assert.Equal((0, 0), (script.Host.Pool.Rented, script.Engine.TimerCount));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-36")]
    [Trait("SynCookies", "never")]
    public void An_opening_window_releases_the_data_at_once_and_resets_the_backoff(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, window: 0);
        script.Send("hello");
        script.PassMilliseconds(3000);
        Assert.Equal(4, script.Drain());
        script.Inject(Ack, seq: 1, ack: 1, window: 1000);
        script.Expect(Ack, seq: 1, data: "hello");
        script.Inject(Ack, seq: 1, ack: 6, window: 0);
        script.PassMilliseconds(5000);
        script.ExpectNothing();
        script.Send("more");
        Assert.Equal(TimeSpan.FromMilliseconds(200), script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack, seq: 5, length: 0);
    }

    [Fact]
    public void A_FIN_waits_for_the_window_like_data()
    {
        var script = Script.Established(window: 0);
        script.Shutdown();
        script.ExpectNothing();
        script.PassUntilSent(TimeSpan.FromSeconds(1));
        script.Expect(Ack, seq: 0, length: 0);
        script.Inject(Ack, seq: 1, ack: 1, window: 1);
        script.Expect(Ack | TcpFlags.Fin, seq: 1, length: 0);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-66")]
    public void With_our_window_closed_ACKs_are_processed(uint irs, uint iss)
    {
        var script = WithFullBuffer(irs, iss);
        script.Send("ours");
        script.Expect(Ack, seq: 1, ack: 1001, data: "ours", window: 0);
        script.InjectBytes(Ack | TcpFlags.Urg, seq: 1001, ack: 5, "beyond"u8, urgent: 3);
        Assert.Equal(5u, script.Engine.GetSnapshot(script.Connection).SndUna);
        script.Expect(Ack, seq: 5, ack: 1001, length: 0, window: 0);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-66")]
    public void With_our_window_closed_a_RST_is_processed(uint irs, uint iss)
    {
        var script = WithFullBuffer(irs, iss);
        script.Inject(TcpFlags.Rst, seq: 1001);
        Assert.Equal((TcpState.Closed, EngineError.ConnectionReset), (script.State, script.Connection.Error));
    }

    [Fact]
    public void A_zero_window_probe_is_answered()
    {
        var script = WithFullBuffer(Isn.BeforeWrap, Isn.BeforeHalf);
        script.Inject(Ack, seq: 1001, ack: 1, data: "p");
        script.Expect(Ack, seq: 1, ack: 1001, length: 0, window: 0);
        script.Inject(Ack, seq: 1000, ack: 1);
        script.Expect(Ack, seq: 1, ack: 1001, length: 0, window: 0);
    }

    [Fact, Trait("RFC9293", "MAY-8")]
    public void Our_window_stays_closed_until_the_application_reads()
    {
        var script = WithFullBuffer(Isn.BeforeHalf, Isn.BeforeWrap);
        for (var hour = 0; hour < 48; hour++)
        {
            script.Pass(TimeSpan.FromHours(1));
            script.Inject(Ack, seq: 1001, ack: 1, data: "p");
            script.Expect(Ack, seq: 1, ack: 1001, length: 0, window: 0);
            script.ExpectNothing();
        }

        Assert.Equal(TcpState.Established, script.State);
    }

    private static Script WithFullBuffer(uint irs, uint iss)
    {
        var script = Script.Established(
            irs, iss, connection: new ConnectionOptions { NoDelay = true, ReceiveBufferSize = 1000 });
        script.InjectBytes(Ack, seq: 1, ack: 1, Pattern.Bytes(1000));
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 1001, window: 0);
        return script;
    }
}

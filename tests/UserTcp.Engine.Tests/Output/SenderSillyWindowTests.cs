using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Sender silly window avoidance and its override timer (RFC 9293 section 3.8.6.2.1).</summary>
public class SenderSillyWindowTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-38")]
    public void A_small_window_is_unused_until_the_override_timer_expires(uint irs, uint iss)
    {
        var script = WithWaitingData(irs, iss, window: 100);
        script.PassMilliseconds(199);
        script.ExpectNothing();
        script.PassMilliseconds(1);
        script.Expect(TcpFlags.Ack, seq: 2921, length: 100);
        script.ExpectNothing();
    }

    [Fact, Trait("RFC9293", "MUST-38")]
    public void Half_of_the_max_window_offered_is_used()
    {
        var script = Script.Established(window: 2000);
        script.Send(Pattern.Bytes(5000));
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1461, window: 999);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1461, window: 1000);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1000);
    }

    [Fact, Trait("RFC9293", "MUST-38"), Trait("RFC9293", "MUST-17")]
    public void Without_Nagle_half_of_the_max_window_is_used_even_with_data_in_flight()
    {
        var script = Script.Established(window: 2000, noDelay: true);
        script.Send(Pattern.Bytes(600));
        script.Expect(TcpFlags.Ack, seq: 1, length: 600);
        script.Send(Pattern.Bytes(5000));
        script.Expect(TcpFlags.Ack, seq: 601, length: 1400);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 601, window: 2000);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(5000, 1000)]
    [InlineData(300, 300)]
    [InlineData(20, 100)]
    [Trait("RFC9293", "MUST-38")]
    public void The_override_timer_is_the_RTO_between_100_ms_and_1_s(int rto, int expected)
    {
        var options = new EngineOptions { MinRto = TimeSpan.FromMilliseconds(rto) };
        var script = WithWaitingData(Isn.BeforeWrap, Isn.BeforeHalf, window: 100, options);
        Assert.Equal(TimeSpan.FromMilliseconds(expected), script.PassUntilSent(TimeSpan.FromSeconds(10)));
        script.Expect(TcpFlags.Ack, seq: 2921, length: 100);
    }

    private static Script WithWaitingData(uint irs, uint iss, uint window, EngineOptions? options = null)
    {
        var script = Script.Established(irs, iss, window: 4000, engine: options);
        script.Send(Pattern.Bytes(5000));
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1460);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 2921, window: window);
        script.ExpectNothing();
        return script;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Transfer;

/// <summary>Sender silly window avoidance and its override timer (RFC 9293 section 3.8.6.2.1).</summary>
public class SenderSillyWindowTests
{
    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-38")]
    public void A_small_piece_of_window_is_left_alone_until_the_override_timer_expires(uint irs, uint iss)
    {
        var script = WithWaitingData(irs, iss, window: 100);
        script.PassMilliseconds(199);
        script.ExpectNothing();
        script.PassMilliseconds(1);
        script.Expect(TcpFlags.Ack, seq: 2921, length: 100);
        script.ExpectNothing();
    }

    [Fact, Trait("RFC9293", "MUST-38")]
    public void Half_of_the_largest_window_ever_offered_is_worth_a_segment()
    {
        var script = Isn.Accepted(window: 2000);
        script.Send(TransferTests.Octets(5000));
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1461, window: 999);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1461, window: 1000);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1000);
    }

    [Fact, Trait("RFC9293", "MUST-38"), Trait("RFC9293", "MUST-17")]
    public void Without_nagle_half_of_the_largest_window_goes_out_even_behind_unacknowledged_text()
    {
        var script = Isn.AcceptedNoDelay(window: 2000);
        script.Send(TransferTests.Octets(600));
        script.Expect(TcpFlags.Ack, seq: 1, length: 600);
        script.Send(TransferTests.Octets(5000));
        script.Expect(TcpFlags.Ack, seq: 601, length: 1400);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 601, window: 2000);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(5000, 1000)]
    [InlineData(300, 300)]
    [InlineData(20, 100)]
    [Trait("RFC9293", "MUST-38")]
    public void The_override_timer_is_the_rto_but_from_a_tenth_of_a_second_to_a_second(int rto, int expected)
    {
        var options = new EngineOptions { MinRto = TimeSpan.FromMilliseconds(rto) };
        var script = WithWaitingData(Isn.NearEnd, Isn.NearHalf, window: 100, options);
        Assert.Equal(TimeSpan.FromMilliseconds(expected), script.PassUntilSent(TimeSpan.FromSeconds(10)));
        script.Expect(TcpFlags.Ack, seq: 2921, length: 100);
    }

    private static Script WithWaitingData(uint irs, uint iss, uint window, EngineOptions? options = null)
    {
        var script = Isn.Accepted(irs, iss, window: 4000, engine: options);
        script.Send(TransferTests.Octets(5000));
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1460);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 2921, window: window);
        script.ExpectNothing();
        return script;
    }
}

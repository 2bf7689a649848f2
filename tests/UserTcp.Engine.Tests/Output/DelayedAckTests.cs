using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Delayed ACKs (RFC 9293 section 3.8.6.3).</summary>
public class DelayedAckTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-40"), Trait("RFC9293", "SHLD-18")]
    [Trait("RFC", "5681 section 4.2")]
    public void A_single_segment_is_acknowledged_after_the_delay(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 1, ack: 1, data: "a");
        script.ExpectNothing();
        Assert.Equal(TimeSpan.FromMilliseconds(40), script.PassUntilSent(TimeSpan.FromMilliseconds(499)));
        script.Expect(Ack, seq: 1, ack: 2, length: 0);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(499, true)]
    [InlineData(500, false)]
    [Trait("RFC9293", "MUST-40")]
    public void The_delay_can_be_set_below_half_a_second(int milliseconds, bool isValid)
    {
        var options = new EngineOptions { DelayedAckTimeout = TimeSpan.FromMilliseconds(milliseconds) };
        Assert.Equal(isValid, options.Validate().Count == 0);
    }

    [Fact, Trait("RFC9293", "MUST-40")]
    public void Later_data_does_not_restart_the_delay()
    {
        var script = Script.Established();
        script.Inject(Ack, seq: 1, ack: 1, data: "a");
        script.PassMilliseconds(30);
        script.Inject(Ack, seq: 2, ack: 1, data: "b");
        script.PassMilliseconds(9);
        script.ExpectNothing();
        script.PassMilliseconds(1);
        script.Expect(Ack, ack: 3);
        script.PassMilliseconds(1000);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(1460)]
    [InlineData(1000)]
    [Trait("RFC9293", "SHLD-19")]
    [Trait("RFC", "5681 section 4.2")]
    public void Every_second_full_sized_segment_is_acknowledged_at_once(int size)
    {
        var script = Script.Established();
        for (uint i = 0; i < 10; i++)
        {
            script.InjectBytes(Ack, seq: 1 + (i * (uint)size), ack: 1, Pattern.Bytes(size));
            if (i % 2 == 0)
                script.ExpectNothing();
            else
                script.Expect(Ack, ack: 1 + ((i + 1) * (uint)size));
        }
    }

    [Fact]
    public void Each_segment_draws_one_ACK_or_none()
    {
        var script = Script.Established();
        for (uint i = 0; i < 100; i++)
            script.Inject(Ack, seq: 1 + (i * 10), ack: 1, data: "0123456789");
        script.PassMilliseconds(1000);
        Assert.InRange(script.Drain(), 1, 2);
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>ACK generation (RFC 5681 section 4.2): for every second full-sized segment, and at once at a gap.</summary>
public sealed class AckGenerationTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory]
    [InlineData(Isn.BeforeHalf, Isn.BeforeWrap, 1460)]
    [InlineData(Isn.BeforeWrap, Isn.BeforeHalf, 1460)]
    [InlineData(Isn.BeforeHalf, Isn.BeforeWrap, 700)]
    [InlineData(Isn.BeforeWrap, Isn.BeforeHalf, 536)]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "SHLD-19")]
    public void Every_second_full_sized_segment_is_acknowledged(uint irs, uint iss, int size)
    {
        var script = Script.Established(irs, iss);
        for (var segment = 1; segment <= 30; segment++)
        {
            script.InjectBytes(Ack, (uint)(1 + ((segment - 1) * size)), ack: 1, new byte[size]);
            if (segment % 2 == 0)
                script.Expect(Ack, seq: 1, ack: (uint)(1 + (segment * size)), length: 0);
            script.ExpectNothing();
        }
    }

    [Fact]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "MUST-40")]
    public void The_ACK_of_the_last_odd_segment_is_delayed_by_less_than_half_a_second()
    {
        var script = Script.Established(
            engine: new EngineOptions { DelayedAckTimeout = TimeSpan.FromMilliseconds(499) });
        script.InjectBytes(Ack, seq: 1, ack: 1, new byte[1460]);
        script.ExpectNothing();

        Assert.Equal(TimeSpan.FromMilliseconds(499), script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack, seq: 1, ack: 1461, length: 0);
    }

    [Theory]
    [MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "MAY-13")]
    public void Each_segment_out_of_order_draws_a_duplicate_ACK_of_its_own(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        foreach (var segment in new uint[] { 3, 2, 6, 5, 3, 9 })
        {
            script.InjectBytes(Ack, 1 + (segment * 1000), ack: 1, new byte[1000]);
            script.Expect(Ack, seq: 1, ack: 1, length: 0);
            script.ExpectNothing();
        }
    }

    [Theory]
    [MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 4.2")]
    public void A_segment_that_fills_a_gap_in_whole_or_in_part_is_acknowledged_at_once(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.InjectBytes(Ack, seq: 2001, ack: 1, new byte[1000]);
        script.InjectBytes(Ack, seq: 4001, ack: 1, new byte[1000]);
        Assert.Equal(2, script.Drain());

        script.InjectBytes(Ack, seq: 1, ack: 1, new byte[1000]);
        script.Expect(Ack, seq: 1, ack: 1001, length: 0);
        script.InjectBytes(Ack, seq: 1001, ack: 1, new byte[1000]);
        script.Expect(Ack, seq: 1, ack: 3001, length: 0);
        script.InjectBytes(Ack, seq: 3001, ack: 1, new byte[1000]);
        script.Expect(Ack, seq: 1, ack: 5001, length: 0);
        script.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "MUST-58")]
    public void A_data_segment_carries_the_ACK_and_none_follows()
    {
        var script = Script.Established();
        script.Inject(Ack, seq: 1, ack: 1, data: "question");
        script.Send("answer");
        script.Expect(Ack, seq: 1, ack: 9, data: "answer");

        script.Inject(Ack, seq: 9, ack: 7);
        script.Pass(TimeSpan.FromSeconds(1));
        script.ExpectNothing();
    }
}

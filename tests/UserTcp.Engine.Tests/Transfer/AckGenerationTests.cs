using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Transfer;

/// <summary>When an ACK is generated (RFC 5681 section 4.2): at least for every second full-sized segment, and at once about a gap.</summary>
public sealed class AckGenerationTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory]
    [InlineData(Isn.NearHalf, Isn.NearEnd, 1460)]
    [InlineData(Isn.NearEnd, Isn.NearHalf, 1460)]
    [InlineData(Isn.NearHalf, Isn.NearEnd, 700)]
    [InlineData(Isn.NearEnd, Isn.NearHalf, 536)]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "SHLD-19")]
    public void Every_second_full_sized_segment_is_acknowledged_and_no_other(uint irs, uint iss, int size)
    {
        var script = Isn.Accepted(irs, iss);
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
    public void The_last_of_an_odd_number_waits_for_less_than_half_a_second()
    {
        var script = Isn.Accepted(engine: new EngineOptions { DelayedAckTimeout = TimeSpan.FromMilliseconds(499) });
        script.InjectBytes(Ack, seq: 1, ack: 1, new byte[1460]);
        script.ExpectNothing();

        Assert.Equal(TimeSpan.FromMilliseconds(499), script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack, seq: 1, ack: 1461, length: 0);
    }

    [Theory]
    [MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 4.2")]
    [Trait("RFC9293", "MAY-13")]
    public void Each_segment_out_of_order_draws_a_duplicate_ACK_of_its_own(uint irs, uint iss)
    {
        var script = Isn.Accepted(irs, iss);
        foreach (var segment in new uint[] { 3, 2, 6, 5, 3, 9 })
        {
            script.InjectBytes(Ack, 1 + (segment * 1000), ack: 1, new byte[1000]);
            script.Expect(Ack, seq: 1, ack: 1, length: 0);
            script.ExpectNothing();
        }
    }

    [Theory]
    [MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 4.2")]
    public void A_segment_that_fills_a_gap_in_whole_or_in_part_is_acknowledged_at_once(uint irs, uint iss)
    {
        var script = Isn.Accepted(irs, iss);
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
    public void Text_of_ours_takes_the_acknowledgment_along_and_none_follows()
    {
        var script = Isn.Accepted();
        script.Inject(Ack, seq: 1, ack: 1, data: "question");
        script.Send("answer");
        script.Expect(Ack, seq: 1, ack: 9, data: "answer");

        script.Inject(Ack, seq: 9, ack: 7);
        script.Pass(TimeSpan.FromSeconds(1));
        script.ExpectNothing();
    }
}

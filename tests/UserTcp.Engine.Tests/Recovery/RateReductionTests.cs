using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Proportional rate reduction (RFC 6937, RFC 9937).</summary>
[Trait("RFC", "6937 section 3")]
public class RateReductionTests
{
    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void One_segment_goes_out_for_every_second_that_arrives(uint irs, uint iss)
    {
        // Twenty segments in flight, the first one lost; ssthresh is ten.
        var s = Flying(iss, irs);
        var sent = new List<int>();
        for (var i = 2; i <= 20; i++)
        {
            s.Ack(10, $"11-{10 + i}");
            var now = s.Sent();
            sent.Add(now.Length == 0 ? 0 : now.Split(' ').Length);
        }

        // Limited transmit twice, the retransmission at the third; then about half of the rate at which ACKs come, in no burst.
        Assert.All(sent, count => Assert.InRange(count, 0, 1));
        Assert.InRange(sent.Sum(), 10, 13);
        Assert.InRange(sent.Skip(3).Take(8).Sum(), 3, 5);
        s.Ack(32);
        Assert.Equal(RecoveryState.Open, s.Loss.State);
        Assert.Equal(10, s.Threshold);
    }

    [Fact, Trait("RFC", "6937 section 3.1")]
    public void Below_ssthresh_as_much_goes_out_as_arrives_and_a_segment_more_while_it_goes_well()
    {
        Prr reduction = default(Prr);
        reduction.Begin(threshold: 10_000, recoverFlight: 20_000);
        // Fifteen of twenty are lost: four are in flight.
        reduction.OnAck(1000, isSafe: false, inFlight: 4000, smss: 1000);
        Assert.Equal(5000, reduction.Window);
        reduction.OnSent(1000);
        reduction.OnAck(1000, isSafe: true, inFlight: 4000, smss: 1000);
        Assert.Equal(6000, reduction.Window);
        reduction.OnSent(2000);
        reduction.OnAck(1000, isSafe: false, inFlight: 5000, smss: 1000);
        Assert.Equal(6000, reduction.Window);
        // Never beyond ssthresh.
        reduction.OnAck(9000, isSafe: true, inFlight: 9500, smss: 1000);
        Assert.Equal(10_000, reduction.Window);
    }

    [Fact]
    public void The_first_retransmission_goes_out_in_any_case()
    {
        Prr reduction = default(Prr);
        reduction.Begin(threshold: 10_000, recoverFlight: 20_000);
        reduction.OnAck(0, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(20_000, reduction.Window);
        reduction.OnSent(1000);
        reduction.OnAck(1000, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(19_000, reduction.Window);
    }

    private static SenderScript Flying(uint iss, uint irs)
    {
        var s = new SenderScript(iss, irs);
        s.Sent();
        s.Script.PassMilliseconds(100);
        for (var i = 1; i <= 10; i++)
            s.Ack(i);
        Assert.Equal(20, s.Sent().Split(' ').Length);
        Assert.Equal(20, s.Window);
        s.Script.PassMilliseconds(100);
        return s;
    }
}

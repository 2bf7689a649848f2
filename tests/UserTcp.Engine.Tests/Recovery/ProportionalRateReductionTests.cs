using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Proportional rate reduction (RFC 6937, RFC 9937).</summary>
[Trait("RFC", "6937 section 3")]
public class ProportionalRateReductionTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void One_segment_is_sent_for_every_two_delivered(uint irs, uint iss)
    {
        // Twenty segments are in flight and the first is lost; ssthresh is ten.
        var s = WithTwentyInFlight(iss, irs);
        var sent = new List<int>();
        for (var i = 2; i <= 20; i++)
        {
            s.Ack(10, $"11-{10 + i}");
            var now = s.Sent();
            sent.Add(now.Length == 0 ? 0 : now.Split(' ').Length);
        }

        // Two segments by limited transmit, the retransmission at the third ACK, then one segment per two ACKs without
        // a burst.
        Assert.All(sent, count => Assert.InRange(count, 0, 1));
        Assert.InRange(sent.Sum(), 10, 13);
        Assert.InRange(sent.Skip(3).Take(8).Sum(), 3, 5);
        s.Ack(32);
        Assert.Equal(RecoveryState.Open, s.Loss.State);
        Assert.Equal(10, s.Threshold);
    }

    [Fact, Trait("RFC", "6937 section 3.1")]
    public void Below_ssthresh_sending_equals_delivery_plus_a_segment_without_further_loss()
    {
        Prr reduction = default(Prr);
        reduction.Begin(ssthresh: 10_000, recoverFlightSize: 20_000);
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
    public void The_first_retransmission_is_always_allowed()
    {
        Prr reduction = default(Prr);
        reduction.Begin(ssthresh: 10_000, recoverFlightSize: 20_000);
        reduction.OnAck(0, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(20_000, reduction.Window);
        reduction.OnSent(1000);
        reduction.OnAck(1000, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(19_000, reduction.Window);
    }

    private static SenderScript WithTwentyInFlight(uint iss, uint irs)
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

using UserTcp.Engine.Loss;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Proportional rate reduction (RFC 6937, RFC 9937).</summary>
[Trait("RFC", "6937 section 3")]
public class RateReductionTests
{
    [Fact, Trait("RFC", "6937 section 3.1")]
    public void Below_ssthresh_as_much_goes_out_as_arrives_and_a_segment_more_while_it_goes_well()
    {
        var reduction = default(RateReduction);
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
        var reduction = default(RateReduction);
        reduction.Begin(threshold: 10_000, recoverFlight: 20_000);
        reduction.OnAck(0, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(20_000, reduction.Window);
        reduction.OnSent(1000);
        reduction.OnAck(1000, isSafe: false, inFlight: 19_000, smss: 1000);
        Assert.Equal(19_000, reduction.Window);
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>
/// Detection and undo of spurious recoveries (F-RTO: RFC 5682, Eifel: RFC 3522, D-SACK: RFC 3708, response: RFC 4015).
/// </summary>
public class SpuriousRecoveryTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5682 section 3")]
    public void FRTO_detects_a_spurious_timeout_by_new_data(uint irs, uint iss)
    {
        var s = TimedOut(new SenderScript(iss, irs));
        s.Ack(1);
        Assert.Equal("11 12", s.Sent());
        s.Ack(2);
        // The state and the window are restored, and nothing is retransmitted.
        Assert.Equal((RecoveryState.Open, 1), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
        Assert.True(s.Window >= 10, $"{s.Window} segments");
        Assert.Equal(long.MaxValue, s.Tcb.Congestion.SlowStartThreshold);
        Assert.DoesNotContain(s.Sent().Split(' '), number => number is "1" or "2" or "3");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "5682 section 2.1")]
    public void After_a_genuine_timeout_lost_data_is_retransmitted(bool sack)
    {
        var s = TimedOut(new SenderScript(sack: sack));
        s.Ack(1);
        // With SACK, segment 10 was the tail loss probe.
        Assert.Equal(sack ? "11 12" : "10 11", s.Sent());
        s.Ack(1, sack ? "11-12" : "");
        Assert.Contains("1", s.Sent().Split(' '));
        Assert.Equal((RecoveryState.Timeout, 0), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "5682 section 2.1")]
    public void After_a_timeout_an_ACK_beyond_the_retransmission_is_ambiguous(bool sack)
    {
        var s = TimedOut(new SenderScript(sack: sack));
        // Either the retransmission filled a gap, or the originals had all arrived.
        s.Ack(3);
        Assert.Equal((RecoveryState.Timeout, 0), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
    }

    [Fact, Trait("RFC", "3522 section 3.2")]
    public void Eifel_detects_a_spurious_timeout_by_an_earlier_timestamp()
    {
        var s = new SenderScript(timestamps: true);
        var original = s.Clock;
        TimedOut(s);
        s.Ack(1, echo: original);
        Assert.Equal((RecoveryState.Open, 1), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
        Assert.True(s.Window >= 10);
    }

    [Fact, Trait("RFC", "3522 section 3.2")]
    public void A_timestamp_of_the_retransmission_confirms_the_timeout()
    {
        var s = TimedOut(new SenderScript(timestamps: true));
        s.Ack(1);
        Assert.Equal((RecoveryState.Timeout, 0), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
    }

    [Fact, Trait("RFC", "3522 section 3.2")]
    public void A_reordered_segment_undoes_a_fast_recovery()
    {
        var s = new SenderScript(timestamps: true);
        s.Sent();
        var original = s.Clock;
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-4", original);
        Assert.StartsWith("0", s.Sent(), StringComparison.Ordinal);
        Assert.Equal(RecoveryState.Recovery, s.Loss.State);
        s.Script.PassMilliseconds(5);
        s.Ack(10, echo: original);
        Assert.Equal((RecoveryState.Open, 1), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
        Assert.True(s.Window >= 10, $"{s.Window} segments");
        Assert.True(s.Loss.Reordering.IsReorderingSeen);
    }

    [Fact, Trait("RFC", "3708 section 3"), Trait("RFC", "2883 section 5")]
    public void D_SACKs_of_all_retransmissions_undo_the_recovery()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-4");
        s.Sent();
        s.Ack(10);
        var reduced = s.Window;
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(10, "0-1");
        Assert.Equal(1, s.Script.Count(Counter.SpuriousRecoveries));
        Assert.True(s.Window > reduced && s.Window >= 10, $"{s.Window} segments after {reduced}");
    }

    [Fact, Trait("RFC", "3708 section 3")]
    public void A_D_SACK_of_an_original_undoes_nothing()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-4");
        s.Sent();
        // The network duplicated an original.
        s.Ack(0, "2-3 1-5");
        s.Script.PassMilliseconds(100);
        s.Ack(10);
        Assert.Equal((0, 1), (s.Script.Count(Counter.SpuriousRecoveries), s.Script.Count(Counter.DuplicatesReported)));
    }

    [Fact, Trait("RFC", "3708 section 3")]
    public void A_D_SACK_of_some_retransmissions_undoes_nothing()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-5 6-10");
        Assert.StartsWith("0 5", s.Sent(), StringComparison.Ordinal);
        s.Script.PassMilliseconds(100);
        s.Ack(10);
        s.Ack(10, "0-1");
        Assert.Equal(0, s.Script.Count(Counter.SpuriousRecoveries));
        s.Ack(10, "5-6");
        Assert.Equal(1, s.Script.Count(Counter.SpuriousRecoveries));
    }

    [Fact, Trait("RFC", "3522 section 3.2")]
    public void A_reordered_segment_undoes_nothing_while_another_may_be_lost()
    {
        var s = new SenderScript(timestamps: true);
        s.Sent();
        var original = s.Clock;
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-5 6-10", original);
        Assert.StartsWith("0 5", s.Sent(), StringComparison.Ordinal);
        s.Script.PassMilliseconds(5);
        s.Ack(5, "6-10", original);
        Assert.Equal((RecoveryState.Recovery, 0), (s.Loss.State, s.Script.Count(Counter.SpuriousRecoveries)));
    }

    [Fact, Trait("RFC", "2018 section 8")]
    public void Reneged_data_is_retransmitted_after_a_timeout()
    {
        var s = new SenderScript(segments: 10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-10");
        Assert.Equal("0", s.Sent());
        s.Script.PassMilliseconds(100);
        // Only the gap is acknowledged: the receiver has dropped the rest.
        s.Ack(1);
        s.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        Assert.Equal("1", s.Sent());
        for (var i = 2; i <= 10; i++)
        {
            s.Script.PassMilliseconds(50);
            s.Ack(i);
        }

        Assert.Equal(0, s.Tcb.SendQueue.Length);
    }

    [Theory]
    [InlineData("20-21")]
    [InlineData("5-5")]
    [InlineData("6-3")]
    [InlineData("9-2000")]
    [Trait("RFC", "2018 section 5")]
    public void A_SACK_block_outside_the_flight_is_ignored(string block)
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        for (var i = 0; i < 5; i++)
            s.Ack(0, block);
        Assert.Equal((0, RecoveryState.Open), (s.Loss.Flight!.Board.Sacked, s.Loss.State));
        Assert.Equal(5, s.Script.Count(Counter.SackBlocksIgnored));
        Assert.Equal("", s.Sent());
    }

    private static SenderScript TimedOut(SenderScript s)
    {
        Assert.Equal(10, s.Sent().Split(' ').Length);
        // A tail loss probe may come first.
        var sent = "";
        for (var i = 0; i < 3 && s.Loss.State != RecoveryState.Timeout; i++)
        {
            s.Script.PassUntilSent(TimeSpan.FromSeconds(5));
            sent = s.Sent();
        }

        Assert.Equal("0", sent);
        return s;
    }
}

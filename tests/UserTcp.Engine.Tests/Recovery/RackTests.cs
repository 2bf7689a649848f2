using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>RACK (RFC 8985 section 6): a segment is lost if one sent a reordering window later was delivered.</summary>
[Trait("RFC", "8985 section 6.2")]
public class RackTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Three_SACKed_segments_mark_a_loss_at_once_before_any_reordering(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs);
        Assert.Equal("0 1 2 3 4 5 6 7 8 9", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-2");
        s.Ack(0, "1-3");
        // Limited transmit (RFC 3042).
        Assert.Equal("10 11", s.Sent());
        Assert.Equal(RecoveryState.Open, s.Loss.State);
        s.Ack(0, "1-4");
        Assert.Equal((RecoveryState.Recovery, 1), (s.Loss.State, s.Script.Count(Counter.FastRetransmits)));
        Assert.StartsWith("0", s.Sent(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void One_SACKed_segment_marks_a_loss_after_a_quarter_of_the_round_trip(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, segments: 2);
        Assert.Equal("0 1", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-2");
        Assert.Equal("", s.Sent());
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromMilliseconds(150)).TotalMilliseconds, 24, 26);
        Assert.Equal("0", s.Sent());
        Assert.Equal((RecoveryState.Recovery, 0), (s.Loss.State, s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Fact]
    public void A_lost_retransmission_is_detected_without_a_timeout()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-4");
        Assert.StartsWith("0", s.Sent(), StringComparison.Ordinal);
        s.Script.PassMilliseconds(10);
        s.Ack(0, "1-10");
        Assert.Equal("10 11 12 13", s.Sent());
        // A round trip later, data sent after the retransmission is delivered and the retransmission is not.
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-14");
        s.Script.PassMilliseconds(30);
        Assert.Contains("0", s.Sent().Split(' '));
        Assert.Equal((0, 1), (s.Script.Count(Counter.RetransmissionTimeouts), s.Script.Count(Counter.FastRetransmits)));
        s.Script.PassMilliseconds(70);
        s.Ack(14);
        Assert.Equal(RecoveryState.Open, s.Loss.State);
    }

    [Fact, Trait("RFC", "8985 section 6.2 step 2")]
    public void An_ACK_sooner_than_the_min_RTT_is_not_of_the_retransmission()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-4");
        Assert.StartsWith("0", s.Sent(), StringComparison.Ordinal);
        // The original was reordered, as others may be. A delivered retransmission would mark those lost.
        s.Script.PassMilliseconds(5);
        s.Ack(4, "6-7");
        Assert.DoesNotContain(
            s.Sent().Split(' ', StringSplitOptions.RemoveEmptyEntries), number => int.Parse(number, null) < 10);
        Assert.Equal(0, s.Loss.Flight!.Board.Lost);
    }

    [Fact, Trait("RFC", "8985 section 6.2 step 3")]
    public void After_reordering_three_SACKed_segments_no_longer_mark_a_loss()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-3");
        // The original arrives late: the path reorders.
        s.Ack(3);
        Assert.True(s.Loss.Reordering.IsReorderingSeen);
        s.Sent();
        s.Script.PassMilliseconds(10);
        s.Ack(3, "4-9");
        Assert.DoesNotContain("3", s.Sent().Split(' '));
        Assert.Equal(RecoveryState.Open, s.Loss.State);
        s.Script.PassMilliseconds(30);
        Assert.Contains("3", s.Sent().Split(' '));
    }

    [Fact, Trait("RFC", "8985 section 6.2 step 4")]
    public void The_reordering_window_grows_per_round_trip_with_D_SACKs_and_resets_after_sixteen_recoveries()
    {
        var window = default(ReorderingWindow);
        var snd = new SendSequence { Una = new Wire.SeqNum(uint.MaxValue - 10), Nxt = new Wire.SeqNum(1000) };
        TimeSpan Length(in ReorderingWindow w) =>
            w.Length(isInRecovery: false, 0, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(35));
        Assert.Equal(10, Length(window).TotalMilliseconds);
        window.OnDuplicateReported(snd.Una, snd.Nxt);
        window.OnDuplicateReported(snd.Una, snd.Nxt);
        Assert.Equal(20, Length(window).TotalMilliseconds);
        snd.Una = snd.Nxt;
        snd.Nxt += 1000;
        window.OnDuplicateReported(snd.Una, snd.Nxt);
        Assert.Equal(30, Length(window).TotalMilliseconds);
        snd.Una = snd.Nxt;
        window.OnDuplicateReported(snd.Una, snd.Nxt);
        // The max is SRTT.
        Assert.Equal(35, Length(window).TotalMilliseconds);
        for (var i = 0; i < 15; i++)
            window.OnRecovered();
        Assert.Equal(35, Length(window).TotalMilliseconds);
        window.OnRecovered();
        Assert.Equal(10, Length(window).TotalMilliseconds);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_delivered_retransmission_marks_the_end_of_the_flight_lost(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, segments: 10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-8");
        Assert.Equal("0", s.Sent());
        s.Script.PassMilliseconds(100);
        // The gap is filled, but 8 and 9 were sent a round trip before the delivered retransmission.
        s.Ack(8);
        Assert.Equal("8 9", s.Sent());
        Assert.Equal(0, s.Script.Count(Counter.RetransmissionTimeouts));
    }

    [Fact, Trait("RFC", "6675 section 5")]
    public void By_SACK_count_a_segment_below_three_SACKed_ones_is_lost_at_any_time()
    {
        var s = new SenderScript(detection: LossDetectionMethod.Sack);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-3");
        s.Sent();
        s.Script.PassMilliseconds(99);
        Assert.Equal("", s.Sent());
        s.Ack(0, "1-4");
        Assert.StartsWith("0", s.Sent(), StringComparison.Ordinal);
        s.Ack(0, "8-9 1-4");
        s.Ack(0, "8-10 1-4");
        // Only two SACKed segments lie above the second gap.
        Assert.DoesNotContain("4", s.Sent().Split(' '));
        s.Ack(0, "8-11 1-4");
        Assert.Contains("4", s.Sent().Split(' '));
    }

    [Fact]
    public void After_sixteen_recoveries_without_D_SACK_including_timeouts_the_reordering_window_is_minimal()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1, "0-1");
        Assert.Equal(2, Quarters(s));
        for (var i = 1; i <= 16; i++)
        {
            while (s.Script.Count(Counter.RetransmissionTimeouts) < i)
            {
                s.Sent();
                s.Script.PassUntilSent(TimeSpan.FromMinutes(2));
            }

            s.AckAt((uint)(s.Tcb.Snd.Nxt - s.Script.Iss));
        }

        Assert.Equal(1, Quarters(s));
    }

    private static long Quarters(SenderScript s) =>
        s.Loss.Reordering.Length(isInRecovery: false, sackedSegments: 0, s.Tcb.Rtt.MinRtt, s.Tcb.Rtt.Srtt).Ticks
        / (s.Tcb.Rtt.MinRtt.Ticks / 4);
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Tail loss probes (RFC 8985 section 7).</summary>
[Trait("RFC", "8985 section 7")]
public class TailLossProbeTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void After_two_round_trips_the_probe_is_the_last_segment_and_reveals_the_losses(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, segments: 6);
        Assert.Equal("0 1 2 3 4 5", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(2);
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 195, 205);
        Assert.Equal("5", s.Sent());
        Assert.Equal((1, RecoveryState.Open), (s.Script.Count(Counter.TailLossProbes), s.Loss.State));
        s.Script.PassMilliseconds(100);
        s.Ack(2, "5-6");
        s.Script.PassMilliseconds(26);
        // PRR: one segment, and two for the next delivered one.
        Assert.Equal("2", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(3, "5-6");
        Assert.Equal("3 4", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(6);
        Assert.Equal(0, s.Script.Count(Counter.RetransmissionTimeouts));
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void New_data_is_preferred_and_may_exceed_the_congestion_window_by_a_segment()
    {
        var s = new SenderScript(segments: 30);
        Assert.Equal(10, s.Sent().Split(' ').Length);
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("10", s.Sent());
        Assert.Equal(1, s.Script.Count(Counter.TailLossProbes));
    }

    [Fact, Trait("RFC", "8985 section 7.2")]
    public void A_single_segment_allows_for_a_delayed_ACK()
    {
        var s = new SenderScript(segments: 1, roundTrip: 20);
        Assert.Equal("0", s.Sent());
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 199, 245);
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void A_bare_FIN_is_the_last_segment()
    {
        var s = new SenderScript(segments: 4);
        Assert.Equal("0 1 2 3", s.Sent());
        s.Script.PassMilliseconds(10);
        s.Script.Close();
        Assert.Equal("4000+0", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("4000+0", s.Sent());
        Assert.Equal(1, s.Script.Count(Counter.TailLossProbes));
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void A_FIN_with_data_is_probed_with_its_data()
    {
        var s = new SenderScript(segments: 12);
        s.Script.Close();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(4);
        Assert.Equal("10 11", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("11", s.Sent());
        Assert.Equal(1, s.Script.Count(Counter.TailLossProbes));
    }

    [Fact, Trait("RFC", "8985 section 7.2")]
    public void A_first_segment_is_probed_before_its_RTO()
    {
        // The allowance for a delayed ACK would exceed the RTO.
        var s = new SenderScript(segments: 1, roundTrip: 100);
        Assert.Equal("0", s.Sent());
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 295, 305);
        Assert.Equal((1, 0), (s.Script.Count(Counter.TailLossProbes), s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Fact, Trait("RFC", "8985 section 7.4")]
    public void A_probe_that_repairs_a_loss_reduces_the_window()
    {
        var s = new SenderScript(segments: 10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(9);
        var before = s.Window;
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("9", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(10);
        Assert.Equal(before + 1, s.Window, 1.0);
        s.Script.Send(new byte[2000]);
        Assert.Equal("10 11", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(12);
        Assert.True(s.Window < before, $"{s.Window} of {before} segments");
    }

    [Fact, Trait("RFC", "8985 section 7.4")]
    public void A_spurious_probe_reduces_nothing()
    {
        var s = new SenderScript(segments: 10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(9);
        var before = s.Window;
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("9", s.Sent());
        // The ACK was late; the ACK of the probe has a D-SACK.
        s.Ack(10);
        s.Script.PassMilliseconds(100);
        s.Ack(10, "9-10");
        s.Script.Send(new byte[2000]);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(12);
        Assert.True(s.Window >= before, $"{s.Window} of {before} segments");
    }

    [Fact]
    public void The_second_timer_in_a_row_is_the_RTO()
    {
        var s = new SenderScript(segments: 4);
        s.Sent();
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("3", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("0", s.Sent());
        Assert.Equal((1, 1), (s.Script.Count(Counter.TailLossProbes), s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_probe_in_flight_delays_no_retransmission(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, segments: 6);
        Assert.Equal("0 1 2 3 4 5", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("5", s.Sent());
        // Delayed originals arrive before the probe.
        s.Ack(0, "1-4");
        Assert.Equal("0", s.Sent());
    }

    [Fact]
    public void A_SACK_of_the_last_segment_before_the_probe_cancels_it()
    {
        var s = new SenderScript(segments: 6);
        s.Sent();
        var due = s.Script.Engine.NextDeadline;
        s.Script.Pass(due - s.Script.Now - TimeSpan.FromTicks(1));
        Assert.Equal("", s.Sent());
        // The timer expires, and the peer SACKs the last segment before the probe is sent.
        s.Script.Engine.OnTimer(due);
        s.Ack(0, "5-6");
        Assert.Equal("", s.Sent());
        Assert.Equal((0, 0), (s.Script.Count(Counter.TailLossProbes), s.Loss.Flight!.Board.Retransmitted));
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void Progress_during_a_probe_schedules_no_other()
    {
        var s = new SenderScript(segments: 4);
        s.Sent();
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("3", s.Sent());
        s.Script.PassMilliseconds(20);
        s.Ack(1);
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("1", s.Sent());
        Assert.Equal((1, 1), (s.Script.Count(Counter.TailLossProbes), s.Script.Count(Counter.RetransmissionTimeouts)));
    }
}

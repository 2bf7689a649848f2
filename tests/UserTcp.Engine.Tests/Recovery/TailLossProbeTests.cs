using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Tail loss probes (RFC 8985 section 7).</summary>
[Trait("RFC", "8985 section 7")]
public class TailLossProbeTests
{
    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void After_two_round_trips_of_silence_the_last_segment_goes_out_again_and_shows_what_is_lost(uint irs, uint iss)
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
        // Rate reduction: one, and two for the one that arrives.
        Assert.Equal("2", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(3, "5-6");
        Assert.Equal("3 4", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(6);
        Assert.Equal(0, s.Script.Count(Counter.RetransmissionTimeouts));
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void New_text_is_a_better_probe_and_may_exceed_the_congestion_window_by_a_segment()
    {
        var s = new SenderScript(segments: 30);
        Assert.Equal(10, s.Sent().Split(' ').Length);
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("10", s.Sent());
        Assert.Equal(1, s.Script.Count(Counter.TailLossProbes));
    }

    [Fact, Trait("RFC", "8985 section 7.2")]
    public void A_single_segment_is_given_time_for_an_acknowledgment_that_is_held_back()
    {
        var s = new SenderScript(segments: 1, roundTrip: 20);
        Assert.Equal("0", s.Sent());
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 199, 245);
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void A_FIN_that_went_out_alone_is_the_last_segment()
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
    public void A_FIN_that_went_out_with_text_goes_out_with_it_again()
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
    public void Before_the_timer_of_a_first_segment_expires_it_is_probed_for()
    {
        // An ACK that is held back would be waited for longer than the timer runs.
        var s = new SenderScript(segments: 1, roundTrip: 100);
        Assert.Equal("0", s.Sent());
        Assert.InRange(s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 295, 305);
        Assert.Equal((1, 0), (s.Script.Count(Counter.TailLossProbes), s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Fact, Trait("RFC", "8985 section 7.4")]
    public void A_probe_that_repairs_a_loss_reduces_the_window_once_that_is_certain()
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
    public void A_probe_that_was_not_needed_reduces_nothing()
    {
        var s = new SenderScript(segments: 10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(9);
        var before = s.Window;
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("9", s.Sent());
        // The ACK was only late; that of the probe reports it.
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
    public void Nothing_is_probed_twice_in_a_row_the_second_time_it_is_a_timeout()
    {
        var s = new SenderScript(segments: 4);
        s.Sent();
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("3", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.Equal("0", s.Sent());
        Assert.Equal((1, 1), (s.Script.Count(Counter.TailLossProbes), s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void A_probe_on_its_way_holds_back_nothing_that_is_found_lost_meanwhile(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, segments: 6);
        Assert.Equal("0 1 2 3 4 5", s.Sent());
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("5", s.Sent());
        // What had been underway for long arrives, before the probe.
        s.Ack(0, "1-4");
        Assert.Equal("0", s.Sent());
    }

    [Fact]
    public void What_is_known_by_the_time_that_a_probe_could_go_out_need_not_be_probed_for()
    {
        var s = new SenderScript(segments: 6);
        s.Sent();
        var due = s.Script.Engine.NextDeadline;
        s.Script.Pass(due - s.Script.Now - TimeSpan.FromTicks(1));
        Assert.Equal("", s.Sent());
        // The timer expires, and before anything can go out the peer tells of the last segment.
        s.Script.Engine.OnTimer(due);
        s.Ack(0, "5-6");
        Assert.Equal("", s.Sent());
        Assert.Equal((0, 0), (s.Script.Count(Counter.TailLossProbes), s.Loss.Flight!.Board.Retransmitted));
    }

    [Fact, Trait("RFC", "8985 section 7.3")]
    public void While_a_probe_is_out_progress_schedules_no_other()
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

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Retransmission;

/// <summary>Duplicate ACKs: what counts as one, limited transmit, fast retransmit, fast recovery (RFC 5681, RFC 3042, RFC 6582).</summary>
public class FastRetransmitTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const uint Mss = 1460;

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 3.2")]
    public void The_third_duplicate_sends_the_first_segment_again(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 0);
        Duplicates(script, 2);
        script.ExpectNothing();
        Duplicates(script, 1);
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        Assert.Equal(1, script.Engine.Counters[Counter.FastRetransmits]);
        Assert.Equal(5 * Mss, script.Connection.Congestion.SlowStartThreshold);
        script.Inject(Ack, seq: 1, ack: 1 + (10 * Mss));
        Assert.NotEqual(RecoveryState.Recovery, script.Connection.Loss.State);
        script.Pass(TimeSpan.FromMinutes(1));
        script.ExpectNothing();
    }

    [Fact, Trait("RFC", "5681 section 2")]
    public void A_change_of_the_window_is_no_duplicate() => AssertNoDuplicates(
        (script, i) => script.Inject(Ack, seq: 1, ack: 1, window: (uint)(60_000 + i)));

    [Fact, Trait("RFC", "5681 section 2")]
    public void A_segment_with_text_is_no_duplicate() => AssertNoDuplicates(
        (script, i) => script.Inject(Ack, seq: (uint)(1 + i), ack: 1, data: "x"));

    [Fact, Trait("RFC", "5681 section 2")]
    public void An_older_acknowledgment_is_no_duplicate() => AssertNoDuplicates(
        (script, _) => script.Inject(Ack, seq: 1, ack: 0));

    [Fact, Trait("RFC", "5681 section 2")]
    public void Without_anything_outstanding_there_are_no_duplicates()
    {
        var script = Isn.AcceptedNoDelay();
        Duplicates(script, 5);
        script.Send(TransferTests.Octets(100));
        script.Expect(Ack, seq: 1, length: 100);
        script.ExpectNothing();
        Assert.Equal(0, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Fact, Trait("RFC", "5681 section 2")]
    public void Progress_starts_the_count_anew()
    {
        var script = WithFlight(Isn.NearEnd, Isn.NearHalf, segments: 10, more: 0);
        Duplicates(script, 2);
        script.Inject(Ack, seq: 1, ack: 1 + Mss);
        Duplicates(script, 2, ack: 1 + Mss);
        script.ExpectNothing();
        Duplicates(script, 1, ack: 1 + Mss);
        script.Expect(Ack, seq: 1 + Mss, length: 1460);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "3042 section 2"), Trait("RFC", "5681 section 3.2")]
    public void Each_of_the_first_two_duplicates_releases_a_new_segment(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 10);
        Duplicates(script, 1);
        script.Expect(Ack, seq: 1 + (10 * Mss), length: 1460);
        script.ExpectNothing();
        Duplicates(script, 1);
        script.Expect(Ack, seq: 1 + (11 * Mss), length: 1460);
        script.ExpectNothing();
        Duplicates(script, 1);
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        // What limited transmit sent does not count: half of ten segments, not of twelve.
        Assert.Equal(5 * Mss, script.Connection.Congestion.SlowStartThreshold);
    }

    [Fact, Trait("RFC", "3042 section 2")]
    public void Limited_transmit_respects_the_peers_window()
    {
        var script = Isn.AcceptedNoDelay(window: 3 * Mss);
        script.Send(TransferTests.Octets(10_000));
        Assert.Equal(3, script.Drain());
        for (var i = 0; i < 2; i++)
            script.Inject(Ack, seq: 1, ack: 1, window: 3 * Mss);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 1, window: 3 * Mss);
        script.Expect(Ack, seq: 1, length: 1460);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "6582 section 3.2")]
    public void In_recovery_duplicates_inflate_and_partial_acknowledgments_show_the_next_hole(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 30);
        Duplicates(script, 3);
        Assert.Equal(3, script.Drain());
        // cwnd is 5 + 3 segments with 12 outstanding: four more duplicates fill it, the fifth releases a segment.
        Duplicates(script, 4);
        script.ExpectNothing();
        Duplicates(script, 1);
        script.Expect(Ack, seq: 1 + (12 * Mss), length: 1460);
        // A partial ACK of four segments: the hole again, and one segment for it; the deflation keeps anything else back.
        script.Inject(Ack, seq: 1, ack: 1 + (4 * Mss));
        script.Expect(Ack, seq: 1 + (4 * Mss), length: 1460);
        script.Expect(Ack, seq: 1 + (13 * Mss), length: 1460);
        script.ExpectNothing();
        Assert.Equal(RecoveryState.Recovery, script.Connection.Loss.State);
        // Everything that was outstanding when recovery began: its end, without a burst.
        script.Inject(Ack, seq: 1, ack: 1 + (12 * Mss));
        Assert.NotEqual(RecoveryState.Recovery, script.Connection.Loss.State);
        Assert.Equal(3 * Mss, script.Connection.Congestion.Window);
        script.Expect(Ack, seq: 1 + (14 * Mss), length: 1460);
        script.ExpectNothing();
    }

    [Fact, Trait("RFC", "6582 section 3.2")]
    [Trait("SynCookies", "never")]
    public void Duplicates_that_follow_a_timeout_do_not_blame_the_same_window_again()
    {
        var script = WithFlight(Isn.NearHalf, Isn.NearEnd, segments: 10, more: 0);
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, length: 1460);
        Duplicates(script, 8);
        script.ExpectNothing();
        Assert.Equal(Mss, script.Connection.Congestion.Window);
        script.Inject(Ack, seq: 1, ack: 1 + (10 * Mss));
        script.ExpectNothing();
        Assert.Equal(0, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "6582 section 3.2")]
    public void Duplicates_of_the_ACK_that_ends_a_recovery_may_be_its_echo_and_begin_no_other(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 0);
        Duplicates(script, 9);
        script.Inject(Ack, seq: 1, ack: 1 + (10 * Mss));
        Assert.Equal(1, script.Drain());
        script.Send(TransferTests.Octets(5 * (int)Mss));
        script.Drain();
        var window = script.Connection.Congestion.Window;

        Duplicates(script, 5, ack: 1 + (10 * Mss));
        Assert.Equal((1, window), (script.Engine.Counters[Counter.FastRetransmits], script.Connection.Congestion.Window));

        script.Inject(Ack, seq: 1, ack: 1 + (11 * Mss));
        Duplicates(script, 3, ack: 1 + (11 * Mss));
        Assert.Equal(2, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Fact, Trait("RFC", "6298 section 5.4")]
    [Trait("SynCookies", "never")]
    public void A_retransmission_that_is_lost_too_is_found_by_the_timer()
    {
        var script = WithFlight(Isn.NearHalf, Isn.NearEnd, segments: 10, more: 0);
        Duplicates(script, 9);
        Assert.Equal(1, script.Drain());
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, length: 1460);
        Assert.NotEqual(RecoveryState.Recovery, script.Connection.Loss.State);
        Assert.Equal(Mss, script.Connection.Congestion.Window);
    }

    private static void AssertNoDuplicates(Action<Script, int> inject)
    {
        var script = WithFlight(Isn.NearHalf, Isn.NearEnd, segments: 5, more: 0);
        for (var i = 0; i < 5; i++)
            inject(script, i);
        script.Drain();
        Assert.Equal((0, 0), (script.Engine.Counters[Counter.FastRetransmits], script.Engine.Counters[Counter.SegmentsRetransmitted]));
        Duplicates(script, 3, window: (uint)script.Connection.Snd.Wnd, seq: script.Connection.Rcv.Nxt - script.Irs);
        Assert.Equal(1, script.Engine.Counters[Counter.FastRetransmits]);
    }

    private static Script WithFlight(uint irs, uint iss, int segments, int more)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        script.Send(TransferTests.Octets((segments + more) * (int)Mss));
        Assert.Equal(segments, script.Drain());
        return script;
    }

    private static void Duplicates(Script script, int count, uint ack = 1, uint window = Script.PeerWindow, int seq = 1)
    {
        for (var i = 0; i < count; i++)
            script.Inject(Ack, seq: (uint)seq, ack: ack, window: window);
    }
}

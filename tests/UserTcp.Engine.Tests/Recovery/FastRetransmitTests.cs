using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>
/// Duplicate ACKs, limited transmit, fast retransmit and fast recovery without SACK (RFC 5681, RFC 3042, RFC 6582).
/// </summary>
public class FastRetransmitTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const uint Mss = 1460;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 3.2")]
    public void The_third_duplicate_ACK_retransmits_the_first_segment(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 0);
        DuplicateAcks(script, 2);
        script.ExpectNothing();
        DuplicateAcks(script, 1);
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
    public void A_window_update_is_no_duplicate_ACK() => AssertNoDuplicateAcks(
        (script, i) => script.Inject(Ack, seq: 1, ack: 1, window: (uint)(60_000 + i)));

    [Fact, Trait("RFC", "5681 section 2")]
    public void A_segment_with_data_is_no_duplicate_ACK() => AssertNoDuplicateAcks(
        (script, i) => script.Inject(Ack, seq: (uint)(1 + i), ack: 1, data: "x"));

    [Fact, Trait("RFC", "5681 section 2")]
    public void An_old_ACK_is_no_duplicate_ACK() => AssertNoDuplicateAcks(
        (script, _) => script.Inject(Ack, seq: 1, ack: 0));

    [Fact, Trait("RFC", "5681 section 2")]
    public void With_nothing_outstanding_there_are_no_duplicate_ACKs()
    {
        var script = Script.Established(noDelay: true);
        DuplicateAcks(script, 5);
        script.Send(Pattern.Bytes(100));
        script.Expect(Ack, seq: 1, length: 100);
        script.ExpectNothing();
        Assert.Equal(0, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Fact, Trait("RFC", "5681 section 2")]
    public void Progress_resets_the_count()
    {
        var script = WithFlight(Isn.BeforeWrap, Isn.BeforeHalf, segments: 10, more: 0);
        DuplicateAcks(script, 2);
        script.Inject(Ack, seq: 1, ack: 1 + Mss);
        DuplicateAcks(script, 2, ack: 1 + Mss);
        script.ExpectNothing();
        DuplicateAcks(script, 1, ack: 1 + Mss);
        script.Expect(Ack, seq: 1 + Mss, length: 1460);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "3042 section 2"), Trait("RFC", "5681 section 3.2")]
    public void Limited_transmit_sends_a_new_segment_for_each_of_the_first_two_duplicate_ACKs(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 10);
        DuplicateAcks(script, 1);
        script.Expect(Ack, seq: 1 + (10 * Mss), length: 1460);
        script.ExpectNothing();
        DuplicateAcks(script, 1);
        script.Expect(Ack, seq: 1 + (11 * Mss), length: 1460);
        script.ExpectNothing();
        DuplicateAcks(script, 1);
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        // Limited transmit does not count: half of ten segments, not of twelve.
        Assert.Equal(5 * Mss, script.Connection.Congestion.SlowStartThreshold);
    }

    [Fact, Trait("RFC", "3042 section 2")]
    public void Limited_transmit_respects_the_peers_window()
    {
        var script = Script.Established(window: 3 * Mss, noDelay: true);
        script.Send(Pattern.Bytes(10_000));
        Assert.Equal(3, script.Drain());
        for (var i = 0; i < 2; i++)
            script.Inject(Ack, seq: 1, ack: 1, window: 3 * Mss);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 1, window: 3 * Mss);
        script.Expect(Ack, seq: 1, length: 1460);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "6582 section 3.2")]
    public void In_recovery_duplicate_ACKs_inflate_and_partial_ACKs_retransmit_the_next_hole(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 30);
        DuplicateAcks(script, 3);
        Assert.Equal(3, script.Drain());
        // cwnd is 5 + 3 segments with 12 outstanding: four more duplicates fill it, the fifth releases a segment.
        DuplicateAcks(script, 4);
        script.ExpectNothing();
        DuplicateAcks(script, 1);
        script.Expect(Ack, seq: 1 + (12 * Mss), length: 1460);
        // A partial ACK of four segments retransmits the hole and adds one segment; the deflation allows no more.
        script.Inject(Ack, seq: 1, ack: 1 + (4 * Mss));
        script.Expect(Ack, seq: 1 + (4 * Mss), length: 1460);
        script.Expect(Ack, seq: 1 + (13 * Mss), length: 1460);
        script.ExpectNothing();
        Assert.Equal(RecoveryState.Recovery, script.Connection.Loss.State);
        // An ACK of the recovery point ends recovery without a burst.
        script.Inject(Ack, seq: 1, ack: 1 + (12 * Mss));
        Assert.NotEqual(RecoveryState.Recovery, script.Connection.Loss.State);
        Assert.Equal(3 * Mss, script.Connection.Congestion.Window);
        script.Expect(Ack, seq: 1 + (14 * Mss), length: 1460);
        script.ExpectNothing();
    }

    [Fact, Trait("RFC", "6582 section 3.2")]
    [Trait("SynCookies", "never")]
    public void Duplicate_ACKs_after_a_timeout_do_not_reduce_the_same_window_again()
    {
        var script = WithFlight(Isn.BeforeHalf, Isn.BeforeWrap, segments: 10, more: 0);
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, length: 1460);
        DuplicateAcks(script, 8);
        script.ExpectNothing();
        Assert.Equal(Mss, script.Connection.Congestion.Window);
        script.Inject(Ack, seq: 1, ack: 1 + (10 * Mss));
        script.ExpectNothing();
        Assert.Equal(0, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "6582 section 3.2")]
    public void Duplicates_of_the_ACK_that_ends_a_recovery_begin_no_other(uint irs, uint iss)
    {
        var script = WithFlight(irs, iss, segments: 10, more: 0);
        DuplicateAcks(script, 9);
        script.Inject(Ack, seq: 1, ack: 1 + (10 * Mss));
        Assert.Equal(1, script.Drain());
        script.Send(Pattern.Bytes(5 * (int)Mss));
        script.Drain();
        var window = script.Connection.Congestion.Window;

        DuplicateAcks(script, 5, ack: 1 + (10 * Mss));
        Assert.Equal(
            (1, window), (script.Engine.Counters[Counter.FastRetransmits], script.Connection.Congestion.Window));

        script.Inject(Ack, seq: 1, ack: 1 + (11 * Mss));
        DuplicateAcks(script, 3, ack: 1 + (11 * Mss));
        Assert.Equal(2, script.Engine.Counters[Counter.FastRetransmits]);
    }

    [Fact, Trait("RFC", "6298 section 5.4")]
    [Trait("SynCookies", "never")]
    public void A_lost_retransmission_is_repaired_by_the_timer()
    {
        var script = WithFlight(Isn.BeforeHalf, Isn.BeforeWrap, segments: 10, more: 0);
        DuplicateAcks(script, 9);
        Assert.Equal(1, script.Drain());
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, length: 1460);
        Assert.NotEqual(RecoveryState.Recovery, script.Connection.Loss.State);
        Assert.Equal(Mss, script.Connection.Congestion.Window);
    }

    private static void AssertNoDuplicateAcks(Action<Script, int> inject)
    {
        var script = WithFlight(Isn.BeforeHalf, Isn.BeforeWrap, segments: 5, more: 0);
        for (var i = 0; i < 5; i++)
            inject(script, i);
        script.Drain();
        Assert.Equal(
            (0, 0),
            (script.Engine.Counters[Counter.FastRetransmits], script.Engine.Counters[Counter.SegmentsRetransmitted]));
        DuplicateAcks(script, 3, window: (uint)script.Connection.Snd.Wnd, seq: script.Connection.Rcv.Nxt - script.Irs);
        Assert.Equal(1, script.Engine.Counters[Counter.FastRetransmits]);
    }

    private static Script WithFlight(uint irs, uint iss, int segments, int more)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes((segments + more) * (int)Mss));
        Assert.Equal(segments, script.Drain());
        return script;
    }

    private static void DuplicateAcks(
        Script script, int count, uint ack = 1, uint window = Script.PeerWindow, int seq = 1)
    {
        for (var i = 0; i < count; i++)
            script.Inject(Ack, seq: (uint)seq, ack: ack, window: window);
    }
}

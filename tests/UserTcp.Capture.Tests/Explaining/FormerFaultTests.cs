using System.Text.RegularExpressions;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>What the trace once said of segments and was not so.</summary>
public sealed class FormerFaultTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact, Trait("RFC", "5681 section 2")]
    public void Duplicate_ACKs_say_so_with_their_number_the_hole_and_what_SACK_reports()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);

        s.Ack(0, "1-2");
        Assert.Equal(
            "<- ACK: duplicate ACK 1: the peer still waits for 1; SACK: 1001-2001 has arrived at the peer, 1-1001 has "
            + "not",
            ReceivedLast(s));
        s.Ack(0, "1-3");
        Assert.StartsWith(
            "<- ACK: duplicate ACK 2: the peer still waits for 1; ", ReceivedLast(s), StringComparison.Ordinal);
        s.Ack(2);
        Assert.Equal("<- ACK: ACK of 2,000 bytes", ReceivedLast(s));
    }

    [Fact, Trait("RFC", "9293 section 3.8.6.1")]
    public void The_peers_window_closes_stays_closed_and_opens()
    {
        var script = Script.Established(window: 1000);
        script.Send(new byte[5000]);
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 1001, window: 0);
        Assert.Contains(
            "; the peer's window is closed: its application does not read", new Story(script).Last,
            StringComparison.Ordinal);
        script.PassUntilSent(TimeSpan.FromSeconds(10));
        script.Drain();
        Assert.Equal("-> ACK: zero-window probe 1: does the window stay closed?", new Story(script).Last);
        script.Inject(Ack, seq: 1, ack: 1001, window: 0);
        Assert.Equal("<- ACK: answer to our zero-window probe: still closed", new Story(script).Last);
        script.PassMilliseconds(100);
        script.Inject(Ack, seq: 1, ack: 1001, window: 20_000);
        var opened = new Story(script).Segments.Last(line => line.StartsWith("<-", StringComparison.Ordinal));
        Assert.Matches(@"^<- ACK: the peer's window opens: 20,000 bytes, closed for [1-9][0-9.]* m?s$", opened);
    }

    [Fact, Trait("RFC", "9293 section 3.6.1")]
    public void The_last_segments_of_a_close_have_relative_numbers_and_scaled_windows()
    {
        var script = new Script(iss: Isn.BeforeWrap, irs: Isn.BeforeHalf, cookies: SynCookieMode.Never);
        script.Accept(scale: WindowScale.FromWire(7));
        script.Shutdown();
        script.Expect(TcpFlags.Fin | Ack, seq: 1, ack: 1);
        script.Inject(Ack, seq: 1, ack: 2, window: 500);
        script.Inject(TcpFlags.Fin | Ack, seq: 1, ack: 2, window: 500);
        script.Expect(Ack, seq: 2, ack: 2);
        script.Inject(TcpFlags.Fin | Ack, seq: 1, ack: 2, window: 500);
        script.Expect(Ack, seq: 2, ack: 2);

        var lines = new Story(script).Events.Where(one => one.Event.Kind == TraceEventKind.Segment)
            .TakeLast(4).Select(one => Regex.Replace(SegmentLine.Numbers(one), " +", " "));
        Assert.Equal(
            [
                "seq=1 ack=2 len=0 win=64000 ", "seq=2 ack=2 len=0 win=1048448 ", "seq=1 ack=2 len=0 win=64000 ",
                "seq=2 ack=2 len=0 win=1048448 ",
            ],
            lines);
        // Once, and not again with the retransmitted FIN.
        Assert.Equal(
            ["<- FIN,ACK: FIN: the peer has no more to send", "-> ACK: ACK of the peer's FIN; TIME-WAIT lasts 2 MSL"],
            new Story(script).Segments.TakeLast(4).Take(2));
        Assert.Single(new Story(script).Segments, line => line.Contains("2 MSL", StringComparison.Ordinal));
    }

    [Fact, Trait("RFC", "3168 section 6.1.3")]
    public void Congestion_marks_are_explained_in_both_directions()
    {
        var s = new EcnScript();
        s.InjectCe(Ack, 1, new string('x', 1000));
        s.Sent();
        var story = new Story(s.Script);
        Assert.Equal(
            [
                "<- ACK: data: 1,000 bytes; CE: a router on the path is congested",
                "-> ECE,ACK: quick ACK: the path's congestion has changed; ECN-echo: CE has arrived, until the peer "
                + "sends CWR",
            ],
            story.Segments.TakeLast(2).Select(line => line.Replace("ACK,ECE", "ECE,ACK", StringComparison.Ordinal)));
        s.Inject(Ack | TcpFlags.Cwr, 1001, new string('x', 1000));
        s.Sent();
        Assert.Contains(
            new Story(s.Script).Segments,
            line => line.Contains("CWR: the peer has reduced its congestion window", StringComparison.Ordinal));
        s.Send(4);
        s.Script.Inject(Ack | TcpFlags.Ece, seq: 2001, ack: 1001);
        Assert.Contains(
            "ECN-echo: our data met congestion, the congestion window is reduced", ReceivedLast(s.Script),
            StringComparison.Ordinal);
        s.Send(4);
        Assert.Contains(
            new Story(s.Script).Segments,
            line => line.EndsWith("CWR: we have reduced the congestion window", StringComparison.Ordinal));
    }

    [Fact, Trait("RFC", "5961 section 7")]
    public void A_suppressed_challenge_ACK_is_said_to_be_suppressed()
    {
        var script = Script.Established();
        script.Inject(TcpFlags.Syn, seq: 10);
        script.Expect(Ack);
        Assert.Equal("-> ACK: challenge ACK: the peer must confirm", new Story(script).Last);
        script.Inject(TcpFlags.Syn, seq: 10);
        script.ExpectNothing();
        Assert.Equal(
            "<- SYN: SYN in a synchronized state: challenge ACK; no answer: the rate limit of challenge ACKs",
            new Story(script).Last);
    }

    [Fact, Trait("RFC", "9293 section 3.10.7.2")]
    public void An_ACK_in_LISTEN_says_that_a_RST_answers()
    {
        var script = new Script(cookies: SynCookieMode.Never);
        script.Listen();
        script.Inject(Ack, seq: 1, ack: 1);
        Assert.Equal(
            "<- ACK: unacceptable ACK: SEG.ACK is not in what we have sent; a RST answers it",
            new Story(script).Segments[0]);
    }

    [Fact, Trait("RFC", "9293 section 3.10.7.4")]
    public void Data_before_beyond_and_into_a_hole_is_told_apart()
    {
        var s = new SackScript();
        s.Inject(1001, 2001);
        Assert.Equal("<- ACK: out of order: 1,000 bytes beyond the hole 1-1001", ReceivedLast(s.Script));
        Assert.Equal("-> ACK: duplicate ACK: 1-1001 is missing; SACK: 1001-2001 has arrived", new Story(s.Script).Last);
        s.Inject(1, 1001);
        Assert.Equal("<- ACK: fills the hole: 1,000 bytes, and 1,000 more become readable", ReceivedLast(s.Script));
        Assert.Equal("-> ACK: immediate ACK: the hole is filled", new Story(s.Script).Last);
        s.Inject(1, 1001);
        Assert.Equal("<- ACK: already received: 1,000 bytes again", ReceivedLast(s.Script));
        Assert.Equal("-> ACK: immediate ACK: duplicate data; D-SACK: 1-1001 arrived twice", new Story(s.Script).Last);
    }

    [Fact, Trait("RFC", "8985 section 6.2")]
    public void A_loss_says_by_whom_it_was_found_and_by_how_much()
    {
        var s = new SenderScript();
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "1-2");
        s.Ack(0, "1-4");
        s.Sent();
        var story = new Story(s.Script);
        var loss = story.LastOf(TraceEventKind.Loss);
        Assert.Equal("lost: 1-1001, RACK: the segment up to 4001 was sent 0 µs later and has arrived", loss.Say());
        var retransmission = story.Events.First(one =>
            one is { Event: { Kind: TraceEventKind.Segment, Segment.Sent: true }, Of: not null });
        Assert.Equal("retransmission: fast retransmit; lost by RACK", retransmission.Say());
        Assert.Equal(loss.Event.Number, retransmission.Because);
        Assert.Equal("data: 1,000 bytes", story[retransmission.Of].Say());
        Assert.StartsWith("duplicate ACK 2", story[loss.Because].Say(), StringComparison.Ordinal);
    }

    [Fact, Trait("RFC", "6298 section 5.4")]
    public void A_timeout_says_which_RTO_and_where_it_comes_from()
    {
        var s = new SenderScript(segments: 1);
        s.Sent();
        s.Script.PassMilliseconds(5000);
        var story = new Story(s.Script);
        var expired = story.Events.Last(one =>
            one.Event.Kind == TraceEventKind.Timer && one.Event.Timer.Timer == TcbTimer.Retransmission
            && one.Event.Timer.Action == TimerAction.Expired);
        Assert.Matches(
            @"^retransmission timer expired: RTO .* \(SRTT 100 ms, RTTVAR .*\)$", expired.Say());
        var doubled = story.Events.Last(one =>
            one.Event.Kind == TraceEventKind.Timer && one.Event.Timer.Timer == TcbTimer.Retransmission
            && one.Event.Timer.Action == TimerAction.Set);
        Assert.Matches(
            @"^retransmission timer set: due in .*: RTO .* \(SRTT 100 ms, .*, backoff [2-9]\)$", doubled.Say());
    }

    [Fact]
    public void ISNs_states_calls_and_sections_are_there()
    {
        var script = Script.Established(irs: Isn.BeforeHalf, iss: Isn.BeforeWrap);
        script.Send("hello");
        script.Close();
        script.Drain();
        var story = new Story(script);

        Assert.Contains(story.Events, one => one.Say() == "the application writes 5 bytes");
        Assert.Contains(story.Events, one => one.Say() == "the application closes");
        Assert.Contains(story.Events, one => one.Say() == "ESTABLISHED to FIN-WAIT-1");
        if (!ForcedCookies.AreOn)
        {
            Assert.Contains(
                story.Events,
                one => one.Say() == $"connection opened by the peer, ISS {Isn.BeforeWrap}, IRS {Isn.BeforeHalf}");
        }

        Assert.All(story.Events, one => Assert.NotEmpty(one.Phrases[0].Reason.Source));
        Assert.Equal(TcpState.CloseWait, PeerAfterFin(script));
        Assert.Contains(
            new Story(script).Events.SelectMany(one => one.Changes),
            change => change.Name == "cwnd" || change.Name == "SND.NXT");
    }

    [Theory, Trait("RFC", "9293 section 3.6")]
    [InlineData(false, TcpState.FinWait2)]
    [InlineData(true, TcpState.Closing)]
    public void Only_FINs_that_cross_are_a_simultaneous_close(bool crosses, TcpState peer)
    {
        var script = Script.Established(irs: Isn.BeforeHalf, iss: Isn.BeforeWrap);
        if (!crosses)
            script.Inject(TcpFlags.Fin | Ack, seq: 1, ack: 1);
        script.Drain();
        script.Shutdown();
        script.Drain();
        if (crosses)
            script.Inject(TcpFlags.Fin | Ack, seq: 1, ack: 1);
        script.Drain();
        // Our FIN is lost, and is retransmitted.
        script.PassUntilSent(TimeSpan.FromSeconds(3));
        script.Drain();

        var story = new Story(script);
        Assert.Contains("retransmission", story.Last, StringComparison.Ordinal);
        Assert.Equal(peer, story.Events[^1].PeerState);
    }

    [Fact]
    public void A_lost_pure_ACK_leaves_the_peer_as_it_was()
    {
        var script = Script.Established(irs: Isn.BeforeHalf, iss: Isn.BeforeWrap);
        script.Inject(TcpFlags.Fin | Ack, seq: 1, ack: 1);
        script.Drain();
        var last = script.Host.Trace.Last(one => one.Kind == TraceEventKind.Segment);
        var explainer = new EventExplainer();
        var events = script.Host.Trace.Select(one => explainer.Explain(one)).ToArray();
        var sent = events.Last(one => one.Event.Kind == TraceEventKind.Segment);
        Assert.Equal((false, TcpState.FinWait2), (sent.IsLost, sent.PeerState));

        explainer.Explain(new TraceEvent
        {
            Kind = TraceEventKind.Link,
            Time = last.Time,
            Tuple = last.Tuple,
            Link = new LinkVerdict { Kind = LinkVerdictKind.Lost, Outbound = true, Header = last.Segment.Header },
        });
        Assert.Equal((true, TcpState.FinWait1), (sent.IsLost, sent.PeerState));
    }

    [Fact]
    public void The_chain_of_causes_of_a_retransmission_ends_at_the_lost_frame()
    {
        var chain = new CauseChain();
        foreach (var one in HandMade.LostFrame)
            chain.Add(one);

        var retransmission = HandMade.LostFrame[2];
        Assert.Equal("retransmission: timeout (RTO); the link lost frame n=1", retransmission.Say());
        Assert.Equal(
            ["of #1: data: 1,000 bytes", "link #2: the link lost ACK seq=1 len=1000: chance"],
            chain.Of(retransmission).Select(cause => CauseChain.Format(cause)));
    }

    /// <summary>The SYN queue takes a half-open connection over: its timers go on, and its numbers stay.</summary>
    [Fact]
    public void A_half_open_connection_keeps_its_numbers()
    {
        var events = new Story(Scenarios.All.First()).Events;

        Assert.All(events, one => Assert.NotEqual(default(SeqNum), one.Iss));
        Assert.DoesNotContain("give-up timer stopped", events.Take(4).Select(one => one.Say()));
    }

    private static TcpState? PeerAfterFin(Script script)
    {
        script.Inject(Ack, seq: 1, ack: 7);
        return new Story(script).Events[^1].PeerState;
    }

    private static string ReceivedLast(SenderScript s) => ReceivedLast(s.Script);

    private static string ReceivedLast(Script script) =>
        new Story(script).Segments.Last(line => line.StartsWith("<-", StringComparison.Ordinal));
}

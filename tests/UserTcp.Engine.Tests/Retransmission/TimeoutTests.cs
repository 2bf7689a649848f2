using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Retransmission;

/// <summary>The retransmission timer (RFC 6298 section 5) and the end of patience (RFC 9293 section 3.8.3).</summary>
public class TimeoutTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-19"), Trait("RFC", "6298 section 5.5")]
    [Trait("RFC", "6298 section 5.6")]
    [Trait("SynCookies", "never")]
    public void A_silent_peer_gets_the_first_segment_again_at_doubled_intervals(uint irs, uint iss)
    {
        var engine = new EngineOptions { PathMtuProbing = PathMtuProbing.Off };
        var script = Isn.Accepted(irs, iss, connection: new ConnectionOptions { NoDelay = true }, engine: engine);
        script.Send(TransferTests.Octets(2920));
        Assert.Equal(2, script.Drain());
        foreach (var milliseconds in new[] { 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 102_400, 120_000, 120_000 })
        {
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), script.PassUntilSent(TimeSpan.FromSeconds(121)));
            script.Expect(Ack, seq: 1, length: 1460);
            script.ExpectNothing();
        }
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC", "6298 section 5.3")]
    public void An_acknowledgment_of_new_text_restarts_the_timer(uint irs, uint iss)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        script.Send(TransferTests.Octets(5 * 1460));
        script.Drain();
        script.PassMilliseconds(150);
        script.Inject(Ack, seq: 1, ack: 1461);
        script.ExpectNothing();
        // The measurement makes it SRTT 150 ms and 4 RTTVAR 300 ms, less what the handshake's 0 ms weighs in.
        var rto = script.Connection.Rtt.Rto(new EngineOptions());
        Assert.Equal(rto, script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack, seq: 1461, length: 1460);
    }

    [Fact, Trait("RFC", "6298 section 5.2")]
    public void With_everything_acknowledged_no_timer_runs()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send("abc");
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 4);
        script.Pass(TimeSpan.FromHours(1));
        script.ExpectNothing();
        Assert.Equal((TcpState.Established, 0), (script.State, script.Engine.TimerCount));
    }

    [Fact, Trait("RFC", "6298 section 5.1")]
    [Trait("SynCookies", "never")]
    public void Sending_more_does_not_put_the_timer_off()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send("a");
        script.PassMilliseconds(150);
        script.Send("b");
        Assert.Equal(2, script.Drain());
        Assert.Equal(TimeSpan.FromMilliseconds(50), script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack | TcpFlags.Psh, seq: 1, data: "ab");
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("SynCookies", "never")]
    public void A_retransmission_is_filled_up_with_what_was_sent_but_not_with_what_never_was(uint irs, uint iss)
    {
        var script = Isn.Accepted(irs, iss);
        script.Send("a");
        script.Send("bcd");
        script.Expect(Ack, seq: 1, data: "a");
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, data: "a");
        script.Inject(Ack, seq: 1, ack: 2);
        script.Expect(Ack, seq: 2, data: "bcd");
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("SynCookies", "never")]
    public void A_fin_is_sent_again_with_the_text_before_it_and_alone(uint irs, uint iss)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        script.Send("abc");
        script.Expect(Ack, seq: 1, data: "abc");
        script.Shutdown();
        script.Expect(Ack | TcpFlags.Fin, seq: 4, length: 0);
        script.PassMilliseconds(200);
        script.Expect(Ack | TcpFlags.Fin, seq: 1, data: "abc");
        script.Inject(Ack, seq: 1, ack: 4);
        script.PassUntilSent(TimeSpan.FromSeconds(1));
        script.Expect(Ack | TcpFlags.Fin, seq: 4, length: 0);
        script.Inject(Ack, seq: 1, ack: 5);
        script.Pass(TimeSpan.FromHours(1));
        script.ExpectNothing();
        Assert.Equal((TcpState.FinWait2, 0), (script.State, script.Engine.TimerCount));
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void After_a_timeout_the_rest_follows_in_slow_start()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send(TransferTests.Octets(14_600));
        Assert.Equal(10, script.Drain());
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 1461);
        script.Expect(Ack, seq: 1461, length: 1460);
        script.Expect(Ack, seq: 2921, length: 1460);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 14_601);
        script.Pass(TimeSpan.FromMinutes(1));
        script.ExpectNothing();
        Assert.Equal(3, script.Engine.Counters[Counter.SegmentsRetransmitted]);
    }

    [Fact, Trait("RFC", "6298 section 3"), Trait("RFC9293", "MUST-18")]
    [Trait("SynCookies", "never")]
    public void The_acknowledgment_of_a_retransmission_measures_nothing_and_keeps_the_backoff()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send("a");
        script.PassMilliseconds(600);
        Assert.Equal(3, script.Drain());
        script.PassMilliseconds(100);
        script.Inject(Ack, seq: 1, ack: 2);
        script.Send("b");
        script.Drain();
        Assert.Equal(TimeSpan.FromMilliseconds(800), script.PassUntilSent(TimeSpan.FromSeconds(1)));
    }

    [Fact, Trait("RFC9293", "MUST-22"), Trait("RFC9293", "MUST-23")]
    public void A_syn_without_an_answer_is_sent_again_for_three_minutes()
    {
        var script = new Script();
        script.Open();
        var start = script.Now;
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 64 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), script.PassUntilSent(TimeSpan.FromSeconds(121)));
            script.Expect(TcpFlags.Syn, seq: 0);
        }

        while (script.Connection.State != TcpState.Closed)
            script.PassMilliseconds(1000);
        Assert.True(script.Now - start >= TimeSpan.FromMinutes(3));
        Assert.Equal(EngineError.TimedOut, script.Connection.Error);
    }

    [Fact, Trait("RFC", "6298 section 5.7"), Trait("RFC", "5681 section 3.1")]
    public void After_a_lost_syn_text_starts_with_one_segment_and_an_rto_of_three_seconds()
    {
        var script = new Script();
        script.Open();
        script.PassMilliseconds(1000);
        script.Expect(TcpFlags.Syn, seq: 0);
        script.Inject(TcpFlags.Syn | Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        script.Expect(Ack, seq: 1);
        script.Send(TransferTests.Octets(3000));
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        Assert.Equal(TimeSpan.FromSeconds(3), script.PassUntilSent(TimeSpan.FromSeconds(4)));
    }

    [Fact, Trait("RFC9293", "MUST-20"), Trait("RFC9293", "SHLD-9"), Trait("RFC9293", "SHLD-10"), Trait("RFC9293", "SHLD-11")]
    [Trait("SynCookies", "never")]
    public void The_user_hears_of_trouble_after_three_retransmissions_and_of_the_end_after_the_user_timeout()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send("a");
        var start = script.Now;
        script.PassMilliseconds(200 + 400 + 800 - 1);
        Assert.False(script.EventsSoFar().HasFlag(EngineEvents.SoftError));
        script.PassMilliseconds(1);
        Assert.True(script.EventsSoFar().HasFlag(EngineEvents.SoftError));
        Assert.Equal(EngineError.TimedOut, script.Connection.SoftError);
        script.Pass(TimeSpan.FromMinutes(15) - (script.Now - start) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TcpState.Established, script.State);
        script.Drain();
        script.PassUntilSent(TimeSpan.FromMinutes(3));
        script.Expect(TcpFlags.Rst | Ack, seq: 2);
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.State, script.Connection.Error));
        Assert.True(script.Now - start >= TimeSpan.FromSeconds(100));
        Assert.Equal((0, 0), (script.Host.Pool.Rented, script.Engine.TimerCount));
    }

    [Fact]
    public void A_user_timeout_of_zero_means_never()
    {
        var script = Isn.Accepted(engine: new EngineOptions { UserTimeout = TimeSpan.Zero });
        script.Send("a");
        script.Pass(TimeSpan.FromDays(1));
        Assert.Equal(TcpState.Established, script.State);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void Text_too_big_for_the_path_goes_out_again_in_smaller_segments(uint irs, uint iss)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        script.Send(TransferTests.Octets(2920));
        var first = script.TakeRawFrame();
        script.Drain();
        script.InjectFrame(Frames.Icmp(script.Peer, script.Host.Address, IcmpV4.DestinationUnreachable, 4, 1000, first.AsSpan(0, 28)));
        script.Expect(Ack, seq: 1, length: 960);
        script.Expect(Ack, seq: 961, length: 960);
        script.Expect(Ack, seq: 1921, length: 960);
        script.Expect(Ack | TcpFlags.Psh, seq: 2881, length: 40);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 2921);
        script.Send(TransferTests.Octets(1000));
        script.Expect(Ack, seq: 2921, length: 960);
        script.Expect(Ack, seq: 3881, length: 40);
    }
}

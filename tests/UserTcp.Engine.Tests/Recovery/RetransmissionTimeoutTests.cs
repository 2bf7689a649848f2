using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>The retransmission timer (RFC 6298 section 5), R1 and R2 (RFC 9293 section 3.8.3).</summary>
public class RetransmissionTimeoutTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-19"), Trait("RFC", "6298 section 5.5")]
    [Trait("RFC", "6298 section 5.6")]
    [Trait("SynCookies", "never")]
    public void The_first_segment_is_retransmitted_at_doubling_intervals(uint irs, uint iss)
    {
        var engine = new EngineOptions { PathMtuProbing = PathMtuProbing.Off };
        var script = Script.Established(irs, iss, connection: new ConnectionOptions { NoDelay = true }, engine: engine);
        script.Send(Pattern.Bytes(2920));
        Assert.Equal(2, script.Drain());
        int[] intervals = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 102_400, 120_000, 120_000];
        foreach (var milliseconds in intervals)
        {
            Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), script.PassUntilSent(TimeSpan.FromSeconds(121)));
            script.Expect(Ack, seq: 1, length: 1460);
            script.ExpectNothing();
        }
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "6298 section 5.3")]
    public void An_ACK_of_new_data_restarts_the_timer(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(5 * 1460));
        script.Drain();
        script.PassMilliseconds(150);
        script.Inject(Ack, seq: 1, ack: 1461);
        script.ExpectNothing();
        // The sample alone gives SRTT 150 ms and 4 RTTVAR 300 ms; the handshake's sample of 0 ms lowers them.
        var rto = script.Connection.Rtt.Rto(new EngineOptions());
        Assert.Equal(rto, script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack, seq: 1461, length: 1460);
    }

    [Fact, Trait("RFC", "6298 section 5.2")]
    public void With_everything_acknowledged_no_timer_runs()
    {
        var script = Script.Established(noDelay: true);
        script.Send("abc");
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 4);
        script.Pass(TimeSpan.FromHours(1));
        script.ExpectNothing();
        Assert.Equal((TcpState.Established, 0), (script.State, script.Engine.TimerCount));
    }

    [Fact, Trait("RFC", "6298 section 5.1")]
    [Trait("SynCookies", "never")]
    public void Sending_more_does_not_restart_the_timer()
    {
        var script = Script.Established(noDelay: true);
        script.Send("a");
        script.PassMilliseconds(150);
        script.Send("b");
        Assert.Equal(2, script.Drain());
        Assert.Equal(TimeSpan.FromMilliseconds(50), script.PassUntilSent(TimeSpan.FromSeconds(1)));
        script.Expect(Ack | TcpFlags.Psh, seq: 1, data: "ab");
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("SynCookies", "never")]
    public void A_retransmission_is_filled_up_with_sent_data_only(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Send("a");
        script.Send("bcd");
        script.Expect(Ack, seq: 1, data: "a");
        script.PassMilliseconds(200);
        script.Expect(Ack, seq: 1, data: "a");
        script.Inject(Ack, seq: 1, ack: 2);
        script.Expect(Ack, seq: 2, data: "bcd");
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("SynCookies", "never")]
    public void A_FIN_is_retransmitted_with_its_data_and_alone(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
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
    public void After_a_timeout_the_flight_is_retransmitted_in_slow_start()
    {
        var script = Script.Established(noDelay: true);
        script.Send(Pattern.Bytes(14_600));
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
    public void An_ACK_of_a_retransmission_gives_no_sample_and_keeps_the_backoff()
    {
        var script = Script.Established(noDelay: true);
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
    public void An_unanswered_SYN_is_retransmitted_for_three_minutes()
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
    public void After_a_lost_SYN_data_starts_with_one_segment_and_an_RTO_of_three_seconds()
    {
        var script = new Script();
        script.Open();
        script.PassMilliseconds(1000);
        script.Expect(TcpFlags.Syn, seq: 0);
        script.Inject(TcpFlags.Syn | Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        script.Expect(Ack, seq: 1);
        script.Send(Pattern.Bytes(3000));
        script.Expect(Ack, seq: 1, length: 1460);
        script.ExpectNothing();
        Assert.Equal(TimeSpan.FromSeconds(3), script.PassUntilSent(TimeSpan.FromSeconds(4)));
    }

    [Fact, Trait("RFC9293", "MUST-20"), Trait("RFC9293", "SHLD-9"), Trait("RFC9293", "SHLD-10"),
        Trait("RFC9293", "SHLD-11")]
    [Trait("SynCookies", "never")]
    public void A_soft_error_follows_three_retransmissions_and_the_end_follows_the_user_timeout()
    {
        var script = Script.Established(noDelay: true);
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
    public void A_user_timeout_of_zero_is_unlimited()
    {
        var script = Script.Established(engine: new EngineOptions { UserTimeout = TimeSpan.Zero });
        script.Send("a");
        script.Pass(TimeSpan.FromDays(1));
        Assert.Equal(TcpState.Established, script.State);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Data_too_big_for_the_path_is_retransmitted_in_smaller_segments(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(2920));
        var first = script.DequeueFrame();
        script.Drain();
        script.InjectFrame(
            Frames.Icmp(script.Peer, script.Host.Address, IcmpV4.DestinationUnreachable, 4, 1000, first.AsSpan(0, 28)));
        script.Expect(Ack, seq: 1, length: 960);
        script.Expect(Ack, seq: 961, length: 960);
        script.Expect(Ack, seq: 1921, length: 960);
        script.Expect(Ack | TcpFlags.Psh, seq: 2881, length: 40);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 2921);
        script.Send(Pattern.Bytes(1000));
        script.Expect(Ack, seq: 2921, length: 960);
        script.Expect(Ack, seq: 3881, length: 40);
    }
}

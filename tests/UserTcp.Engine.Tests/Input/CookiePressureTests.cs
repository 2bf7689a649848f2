using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;
using static UserTcp.Engine.Tests.Kit.CookiePeer;

namespace UserTcp.Engine.Tests.Input;

/// <summary>When cookies are sent and accepted, and the bounded cost of unverified peers.</summary>
[Trait("RFC", "4987 section 3.6")]
public class CookiePressureTests
{
    private const int Limit = 8;

    [Theory]
    [InlineData(SynCookieMode.Never, 0)]
    [InlineData(SynCookieMode.UnderPressure, 992)]
    [InlineData(SynCookieMode.Always, 1000)]
    public void A_flood_holds_the_limit_of_entries_and_each_SYN_is_answered_once(SynCookieMode mode, int cookies)
    {
        var p = Pressed(mode, flood: 1000);
        var s = p.Script;
        Assert.Equal(mode == SynCookieMode.Never ? Limit : 1000, s.Drain());
        Assert.Equal(
            (cookies, mode == SynCookieMode.Always ? 0 : Limit),
            (s.Count(Counter.SynCookiesSent), s.Engine.ConnectionCount));
        Assert.Equal(mode == SynCookieMode.Never ? 992 : 0, s.Count(Counter.DroppedListenFull));
    }

    /// <summary>A SYN draws one SYN,ACK: a cookie is never retransmitted, nor is any SYN,ACK under pressure.</summary>
    [Fact]
    public void Under_pressure_no_SYN_ACK_is_retransmitted_and_entries_time_out()
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: 100);
        var s = p.Script;
        Assert.Equal(100, s.Drain());
        s.Pass(TimeSpan.FromSeconds(62.9));
        Assert.Equal((0, Limit, Limit), (s.Drain(), s.Listener.HalfOpen, s.Engine.ConnectionCount));
        s.PassMilliseconds(200);
        Assert.Equal((0, 0, 8L), (s.Drain(), s.Listener.HalfOpen, s.Count(Counter.AttemptFails)));
        s.AssertNothingLeft();
    }

    /// <summary>A peer whose SYN,ACK was lost retransmits its SYN and is answered, even under pressure.</summary>
    [Fact]
    public void A_retransmitted_SYN_is_answered_from_its_entry()
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: Limit);
        var s = p.Script;
        s.Drain();
        for (var i = 0; i < 1000; i++)
        {
            s.PeerPort = Stranger(3);
            s.Inject(TcpFlags.Syn, seq: 0);
            s.Expect(SynAck, seq: 0, ack: 1);
            s.ExpectNothing();
        }

        Assert.Equal(
            (Limit, Limit, 0L), (s.Engine.ConnectionCount, s.Listener.HalfOpen, s.Count(Counter.SynCookiesSent)));
    }

    /// <summary>1,000 identical SYNs make one entry, with and without pressure.</summary>
    [Fact]
    public void A_thousand_identical_SYNs_are_one_entry_and_one_answer_each()
    {
        var p = new CookiePeer(mode: SynCookieMode.UnderPressure).Listen();
        var s = p.Script;
        for (var i = 0; i < 1000; i++)
        {
            p.Syn();
            s.Expect(SynAck, seq: 0, ack: 1);
            s.ExpectNothing();
        }

        Assert.Equal((1, 1, 1L), (s.Engine.ConnectionCount, s.Listener.HalfOpen, s.Count(Counter.PassiveOpens)));
        s.Inject(TcpFlags.Rst, seq: 1);
        Assert.Equal((0, 0), (s.Engine.ConnectionCount, s.Listener.HalfOpen));
        s.AssertNothingLeft();
    }

    [Fact]
    public void Retransmission_resumes_after_pressure()
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: Limit);
        var s = p.Script;
        s.Drain();
        s.Pass(TimeSpan.FromSeconds(2));
        s.ExpectNothing();
        s.PeerPort = Stranger(0);
        s.Inject(TcpFlags.Rst, seq: 1);
        s.Pass(TimeSpan.FromSeconds(10));
        Assert.InRange(s.Drain(), Limit - 1, 3 * Limit);
    }

    [Fact]
    public void A_peer_connects_during_a_flood_and_its_old_cookie_is_spent()
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: 100);
        var s = p.Script;
        s.Drain();
        p.Accept();
        Assert.Equal((1, Limit), (s.Engine.ConnectionCount - Limit, s.Listener.HalfOpen));
        s.Send("hello");
        s.Expect(TcpFlags.Ack, seq: 1, data: "hello");
        s.Abort();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack);

        // A duplicate of the ACK: its cookie is spent.
        p.Inject();
        s.Expect(TcpFlags.Rst, seq: 1);
        Assert.Equal(
            (Limit, 1L, 1L),
            (s.Engine.ConnectionCount, s.Count(Counter.SynCookiesReceived), s.Count(Counter.SynCookiesFailed)));
    }

    [Fact]
    public void An_ACK_is_not_checked_as_a_cookie_before_one_is_sent()
    {
        var always = new CookiePeer().Listen();
        always.SynAnswered();
        foreach (var mode in new[] { SynCookieMode.Never, SynCookieMode.UnderPressure })
        {
            // The same keys and the same time: the cookie is valid.
            var p = new CookiePeer(mode: mode) { Echo = always.Echo };
            p.Listen();
            p.Script.Inject(TcpFlags.Rst, seq: 5);
            var header = new TcpHeader(
                p.Script.PeerPort, p.Script.HostPort, p.Script.Irs + 1, always.Script.Iss + 1, TcpFlags.Ack, 1000);
            var options = new TcpOptions { Timestamps = new TcpTimestamps(1, always.Echo) };
            p.Script.InjectFrame(Frames.Tcp(p.Script.Peer, p.Script.Host.Address, header, options, default));
            Assert.Equal(TcpFlags.Rst, p.Script.TryDequeueSent()!.Header.Flags);
            Assert.Equal((0, 0L), (p.Script.Engine.ConnectionCount, p.Script.Count(Counter.SynCookiesFailed)));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(63, true)]
    [InlineData(129, false)]
    public void Two_minutes_after_the_last_cookie_none_is_accepted(int seconds, bool isAccepted)
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: Limit);
        var s = p.Script;
        s.Drain();
        p.SynAnswered();
        s.Pass(TimeSpan.FromSeconds(seconds));
        s.Drain();
        p.Inject();
        Assert.Equal(isAccepted ? TcpState.Established : TcpState.Closed, s.State);
        Assert.Equal(isAccepted, s.TryDequeueSent() is null);
        Assert.Equal(isAccepted ? 1 : 0, s.Listener.Accepted.Count);
    }

    [Fact]
    public void A_cookie_works_at_the_start_of_the_clock()
    {
        var host = new TestHost("198.18.0.2", cookies: SynCookieMode.Always);
        var peer = IpAddress.From(System.Net.IPAddress.Parse("198.18.0.1"));
        Assert.Equal(
            EngineError.None,
            host.Engine.Listen(host.Address, new Port(80), null, ConnectionOptions.Default, out var listener));
        MonotonicTime[] times =
            [MonotonicTime.Zero, new MonotonicTime(1), MonotonicTime.Zero + TimeSpan.FromSeconds(64)];
        foreach (var now in times)
        {
            var port = new Port((ushort)(1000 + now.Ticks % 10_007));
            var syn = new TcpHeader(port, new Port(80), new SeqNum(7), default, TcpFlags.Syn, 1000);
            host.Receive(Frames.Tcp(peer, host.Address, syn, default, default), now);
            var answer = Frames.Read(Assert.Single(host.Emit(now)));
            var ack = new TcpHeader(port, new Port(80), new SeqNum(8), answer.Header.Seq + 1, TcpFlags.Ack, 1000);
            host.Receive(Frames.Tcp(peer, host.Address, ack, default, default), now);
            Assert.True(host.Engine.TryAccept(listener!, out _));
        }
    }

    [Fact]
    public void A_full_accept_queue_drops_the_ACK_and_the_next_data_opens()
    {
        var p = new CookiePeer().Listen(backlog: 1);
        var s = p.Script;
        p.SynAnswered();
        s.PeerPort = new Port(41_000);
        var first = p.Echo;
        p.SynAnswered();
        p.Inject();
        s.PeerPort = new Port(40_000);
        p.Echo = first;
        var header = new TcpHeader(s.PeerPort, s.HostPort, s.Irs + 1, CookieOf(s, s.PeerPort) + 1, TcpFlags.Ack, 1000);
        var frame = Frames.Tcp(
            s.Peer, s.Host.Address, header,
            new TcpOptions { Timestamps = new TcpTimestamps(p.Clock, first) }, "data"u8);
        s.InjectFrame(frame);
        s.ExpectNothing();
        Assert.Equal((1L, 1), (s.Count(Counter.DroppedListenFull), s.Engine.ConnectionCount));
        s.AcceptWaiting();
        s.InjectFrame(frame);
        s.AcceptWaiting();
        Assert.Equal("data", s.Read());
        Assert.Equal(40_000, s.Connection.Tuple.RemotePort.Value);
    }

    /// <summary>
    /// The SYN got a cookie under pressure, and its duplicate an entry after it. The ACK of the cookie must not draw
    /// the RST of a wrong ACK.
    /// </summary>
    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_cookie_replaces_the_entry_of_a_later_SYN(string family)
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: Limit, family);
        var s = p.Script;
        s.Drain();
        p.SynAnswered();
        var cookie = s.Iss;
        s.PeerPort = Stranger(0);
        s.Inject(TcpFlags.Rst, seq: 1);
        s.PeerPort = new Port(40_000);
        p.Syn();
        Assert.NotEqual(cookie, s.Expect(SynAck, seq: 0, ack: 1).Header.Seq);
        Assert.Equal(TcpState.SynReceived, s.State);
        var header = new TcpHeader(s.PeerPort, s.HostPort, s.Irs + 1, cookie + 1, TcpFlags.Ack | TcpFlags.Psh, 1000);
        s.InjectFrame(Frames.Tcp(
            s.Peer, s.Host.Address, header,
            new TcpOptions { Timestamps = new TcpTimestamps(p.Clock, p.Echo) }, "data"u8));
        Assert.Equal((TcpState.Established, Limit - 1), (s.State, s.Listener.HalfOpen));
        s.AcceptWaiting();
        Assert.Equal("data", s.Read());
        s.ExpectNothing();
    }

    [Fact]
    public void An_ACK_of_neither_the_entry_nor_a_cookie_draws_a_RST()
    {
        var p = Pressed(SynCookieMode.UnderPressure, flood: Limit);
        var s = p.Script;
        s.Drain();
        s.PeerPort = Stranger(0);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 77_777);
        s.Expect(TcpFlags.Rst);

        // After a cookie was sent, the segment may follow a lost ACK of that cookie.
        s.PeerPort = new Port(40_000);
        p.SynAnswered();
        s.PeerPort = Stranger(0);
        s.Inject(TcpFlags.Ack, seq: 500, ack: 77_777, data: "x");
        s.ExpectNothing();
        Assert.Equal((TcpState.SynReceived, Limit), (s.State, s.Listener.HalfOpen));
    }

    /// <summary>A cookie needs no state of its listener: a new listener at the same port accepts it.</summary>
    [Theory]
    [InlineData(SynCookieMode.Always, true)]
    [InlineData(SynCookieMode.UnderPressure, false)]
    public void A_reopened_listener_accepts_earlier_cookies(SynCookieMode mode, bool isAccepted)
    {
        var p = Pressed(mode, flood: 2 * Limit);
        var s = p.Script;
        s.Drain();
        p.SynAnswered();
        var echo = p.Echo;
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Drain();
        Assert.Equal(0, s.Engine.ConnectionCount);
        p.Inject();
        s.Expect(TcpFlags.Rst, seq: 1);
        s.Listen();
        p.Echo = echo;
        p.Inject();
        Assert.Equal(isAccepted ? TcpState.Established : TcpState.Closed, s.State);
        s.Drain();
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Drain();
        s.AssertNothingLeft();
    }

    /// <summary>The cookie is bound to our window scale: with another one every window would be misread.</summary>
    [Fact]
    public void A_listener_with_another_scale_rejects_earlier_cookies()
    {
        var p = new CookiePeer { Offer = new TcpOptions { Mss = 1460, WindowScale = WindowScale.FromWire(3) } };
        p.Listen();
        var s = p.Script;
        p.SynAnswered();
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Listen(new ConnectionOptions { ReceiveBufferSize = 4096 });
        p.Inject();
        s.Expect(TcpFlags.Rst, seq: 1);
        Assert.Equal(0, s.Engine.ConnectionCount);
    }

    [Fact]
    public void In_TIME_WAIT_the_ACK_of_a_cookie_is_an_old_segment()
    {
        var p = new CookiePeer().Listen();
        var s = p.Script;
        p.Accept();
        s.Close();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1);
        p.Inject(TcpFlags.Fin | TcpFlags.Ack, ack: 2);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal(TcpState.TimeWait, s.State);
        s.PassMilliseconds(600);
        p.Inject();
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal((1, 0), (s.Engine.TimeWaitCount, s.Engine.ConnectionCount));

        // A SYN beyond the old numbers needs an ISS beyond ours, which a cookie cannot give.
        var before = s.Iss + 2;
        s.Irs += 100;
        p.Clock++;
        p.Syn();
        var answer = s.Expect(SynAck, ack: 1);
        Assert.True(answer.Header.Seq > before);
        Assert.Equal((1, 1, 1), (s.Engine.TimeWaitCount, s.Engine.ConnectionCount, s.Listener.HalfOpen));
    }

    [Fact]
    public void Under_pressure_a_new_SYN_replaces_TIME_WAIT()
    {
        var p = new CookiePeer(mode: SynCookieMode.UnderPressure, options: new EngineOptions { MaxHalfOpen = 1 })
            .Listen();
        var s = p.Script;
        p.Accept();
        s.Close();
        s.Drain();
        p.Inject(TcpFlags.Fin | TcpFlags.Ack, ack: 2);
        s.Drain();
        Flood(s, 3);
        s.Drain();
        s.PeerPort = new Port(40_000);
        s.Irs += 100;
        p.Clock++;
        p.Syn();
        s.Expect(SynAck, ack: 1);
        Assert.Equal((1, 2, 2L), (s.Engine.TimeWaitCount, s.Listener.HalfOpen, s.Count(Counter.SynCookiesSent)));
    }

    /// <summary>
    /// A verified peer replaces a half-open entry at the connection limit, but not an established connection.
    /// </summary>
    [Fact]
    public void At_the_connection_limit_a_verified_peer_replaces_a_half_open_entry()
    {
        var p = new CookiePeer(mode: SynCookieMode.UnderPressure, options: new EngineOptions { MaxConnections = 2 })
            .Listen();
        var s = p.Script;
        Flood(s, 2);
        s.Drain();
        s.PeerPort = new Port(40_000);
        p.Accept();
        Assert.Equal((2, 1), (s.Engine.ConnectionCount, s.Listener.HalfOpen));
        s.PeerPort = new Port(40_001);
        p.Accept();
        Assert.Equal((2, 0), (s.Engine.ConnectionCount, s.Listener.HalfOpen));
        s.PeerPort = new Port(40_002);
        p.Syn();
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.DroppedListenFull));
    }

    [Fact]
    public void A_port_without_a_listener_answers_an_ACK_with_a_RST_and_ignores_a_RST()
    {
        var p = new CookiePeer().Listen();
        p.Script.HostPort = new Port(81);
        p.Syn();
        p.Script.Expect(TcpFlags.Rst | TcpFlags.Ack);
        p.Script.HostPort = new Port(80);
        p.Inject(TcpFlags.Rst | TcpFlags.Ack);
        p.Inject(TcpFlags.Syn | TcpFlags.Fin);
        p.Script.ExpectNothing();
        p.Inject(SynAck);
        p.Script.Expect(TcpFlags.Rst);
        Assert.Equal(0L, p.Script.Count(Counter.SynCookiesSent) + p.Script.Count(Counter.SynCookiesReceived));
    }

    private static CookiePeer Pressed(SynCookieMode mode, int flood, string family = "4")
    {
        var p = new CookiePeer(family, mode, new EngineOptions { MaxHalfOpen = Limit }).Listen();
        Flood(p.Script, flood);
        p.Script.PeerPort = new Port(40_000);
        return p;
    }

    /// <summary>SYNs from peers that never answer.</summary>
    private static void Flood(Script s, int count)
    {
        for (var i = 0; i < count; i++)
        {
            s.PeerPort = Stranger(i);
            s.Inject(TcpFlags.Syn, seq: 0);
        }
    }

    private static Port Stranger(int i) => new((ushort)(20_000 + i));

    /// <summary>The cookie of the SYN,ACK to a peer.</summary>
    private static SeqNum CookieOf(Script s, Port port) =>
        s.Host.Observations.Last(o =>
            o.Sent && o.Reason == SegmentReason.SynCookie && o.Tuple.RemotePort == port).Header.Seq;
}

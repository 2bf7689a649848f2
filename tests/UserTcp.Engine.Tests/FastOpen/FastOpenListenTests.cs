using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.FastOpen;

/// <summary>Fast Open, the passive side (RFC 7413 section 4.2).</summary>
public class FastOpenListenTests
{
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Ack = TcpFlags.Ack;

    private static readonly ConnectionOptions FastOpen = new() { FastOpen = true };

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "7413 section 4.2.1")]
    public void A_cookie_request_gets_a_cookie_and_an_ordinary_handshake(string family, uint iss, uint irs)
    {
        var s = Listening(family, iss, irs);
        s.Inject(Syn, seq: 0, data: "early", options: Options(FastOpenCookie.Request));
        var answer = s.Expect(Syn | Ack, seq: 0, ack: 1);
        Assert.Equal(8, answer.Options.FastOpen.Length);
        Assert.False(s.Engine.TryAccept(s.Listener, out _));
        Assert.Equal(TcpState.SynReceived, s.State);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "7413 section 4.2.2")]
    public void With_a_cookie_data_is_delivered_and_answered_before_the_handshake_completes(
        string family, uint iss, uint irs)
    {
        var s = Early(family, iss, irs);
        Assert.Equal("question", s.Read());
        s.Send("answer");
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 9, data: "answer");
        Assert.Equal(TcpState.SynReceived, s.State);

        s.Inject(Ack, seq: 9, ack: 7);
        Assert.Equal(TcpState.Established, s.State);
        s.ExpectNothing();
        s.Inject(Ack, seq: 9, ack: 7, data: "more");
        Assert.Equal("more", s.Read());
        s.PassMilliseconds(50);
        s.Expect(Ack, seq: 7, ack: 13);
        s.Pass(TimeSpan.FromSeconds(10));
        s.ExpectNothing();
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void An_ACK_of_the_SYN_alone_leaves_the_response_to_the_timer(string family, uint iss, uint irs)
    {
        var s = Early(family, iss, irs);
        s.Send("answer");
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 9, data: "answer");
        s.Inject(Ack, seq: 9, ack: 1);
        s.ExpectNothing();
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 9, data: "answer");
        s.Inject(Ack, seq: 9, ack: 7);
        s.Shutdown();
        s.Expect(TcpFlags.Fin | Ack, seq: 7, ack: 9);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void The_SYN_ACK_is_retransmitted_and_a_FIN_after_data_waits_for_the_handshake(
        string family, uint iss, uint irs)
    {
        var s = Early(family, iss, irs);
        s.Send("answer");
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 9, data: "answer");
        s.Shutdown();
        s.ExpectNothing();
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Expect(Syn | Ack, seq: 0, ack: 9);
        s.Inject(Syn, seq: 0, data: "question");
        s.Expect(Syn | Ack, seq: 0, ack: 9);
        s.Inject(Ack, seq: 9, ack: 7);
        s.Expect(TcpFlags.Fin | Ack, seq: 7, ack: 9);
        Assert.Equal("question", s.Read());
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "9293 section 3.10.4")]
    public void Without_data_the_FIN_is_sent_at_once(string family, uint iss, uint irs)
    {
        var s = Early(family, iss, irs);
        s.Shutdown();
        s.Expect(TcpFlags.Fin | Ack, seq: 1, ack: 9);
        Assert.Equal(TcpState.FinWait1, s.State);
        s.Inject(Ack, seq: 9, ack: 2);
        Assert.Equal((TcpState.FinWait2, "question"), (s.State, s.Read()));
        s.Inject(TcpFlags.Fin | Ack, seq: 9, ack: 2);
        s.Expect(Ack, seq: 2, ack: 10);
        Assert.Equal(TcpState.TimeWait, s.State);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "7413 section 4.2.2")]
    public void An_invalid_cookie_gets_a_new_one_and_an_ordinary_handshake(string family)
    {
        var s = Listening(family, Isn.BeforeWrap, Isn.BeforeHalf);
        var cookie = Cookie(s);
        s.PeerPort = new Port(40_002);
        s.Inject(Syn, seq: 0, data: "question", options: Options(FastOpenCookie.Of(1)));
        var answer = s.Expect(Syn | Ack, seq: 0, ack: 1);
        Assert.Equal(cookie, answer.Options.FastOpen);
        s.Inject(Ack, seq: 1, ack: 1, data: "question");
        s.AcceptWaiting();
        Assert.Equal("question", s.Read());
    }

    [Fact]
    [Trait("RFC", "7413 section 4.2.2")]
    public void A_SYN_with_a_cookie_and_no_data_opens_early_and_its_window_counts()
    {
        var s = Listening("4", Isn.BeforeWrap, Isn.BeforeHalf);
        s.Inject(Syn, seq: 0, window: 1000, options: Options(s.Engine.State.FastOpen.CookieOf(s.Tuple)));
        s.Expect(Syn | Ack, seq: 0, ack: 1);
        s.AcceptWaiting();
        Assert.False(s.Engine.GetSnapshot(s.Connection).SynDataAccepted);
        s.Send(new byte[1000]);
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 1, length: 1000);
        s.Inject(Ack, seq: 1, ack: 1001);
        Assert.Equal(TcpState.Established, s.State);
    }

    [Fact]
    public void A_cookie_equals_that_of_Linux_with_the_same_key()
    {
        // The tcp_fastopen_key of packetdrill's scripts: a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4.
        var cookies = new FastOpenCookies(new SipKey(0xB2B2B2B2A1A1A1A1, 0xD4D4D4D4C3C3C3C3), 1);
        var tuple = new FourTuple(IpAddress.From(System.Net.IPAddress.Parse("192.168.0.1")), new Port(8080),
            IpAddress.From(System.Net.IPAddress.Parse("192.0.2.1")), new Port(50_000));
        Assert.Equal(FastOpenCookie.Of(0x3021B9D889017EEB), cookies.CookieOf(tuple));
    }

    [Fact]
    public void A_listener_without_Fast_Open_ignores_the_option()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(Syn, seq: 0, data: "question", options: Options(FastOpenCookie.Request));
        Assert.False(s.Expect(Syn | Ack, seq: 0, ack: 1).Options.FastOpen.IsPresent);
    }

    [Fact]
    [Trait("RFC", "7413 section 5.1")]
    public void Beyond_the_limit_handshakes_are_ordinary_and_resets_still_count()
    {
        var s = new Script(new EngineOptions { MaxPendingFastOpens = 2 }, cookies: SynCookieMode.Never);
        s.Listen(FastOpen);
        var cookie = Cookie(s);
        foreach (var (port, isEarly) in new[] { (1, true), (2, true), (3, false) })
            Assert.Equal(isEarly, IsTaken(port));

        // A RST ends one connection and frees its place only after a minute.
        s.PeerPort = new Port(41_001);
        s.AcceptWaiting();
        s.Inject(TcpFlags.Rst, seq: 9);
        Assert.Equal(EngineError.ConnectionReset, s.Connection.Error);
        Assert.False(IsTaken(4));
        s.Pass(TimeSpan.FromSeconds(61));
        s.Drain();
        Assert.True(IsTaken(5));

        bool IsTaken(int port)
        {
            s.PeerPort = new Port((ushort)(41_000 + port));
            s.Inject(Syn, seq: 0, data: "question", options: Options(cookie));
            var answer = s.Expect(Syn | Ack, seq: 0);
            return answer.Header.Ack == s.Irs + 9;
        }
    }

    [Fact]
    public void A_connection_without_the_final_ACK_ends_and_leaves_nothing()
    {
        var s = Early("4", Isn.BeforeWrap, Isn.BeforeHalf);
        s.Send("answer");
        s.Pass(TimeSpan.FromMinutes(3));
        s.Drain();
        Assert.Equal(EngineError.TimedOut, s.Connection.Error);
        s.Read();
        s.AssertNothingLeft();
    }

    [Fact]
    public void A_link_with_a_tiny_MTU_has_no_room_for_a_cookie()
    {
        var s = new Script(link: new LinkProperties(68), cookies: SynCookieMode.Never);
        s.Listen(FastOpen);
        s.Inject(Syn, seq: 0, options: new TcpOptions
        {
            Mss = 1460,
            Timestamps = new TcpTimestamps(1, 0),
            FastOpen = FastOpenCookie.Request,
        });
        Assert.False(s.Expect(Syn | Ack, seq: 0, ack: 1).Options.FastOpen.IsPresent);
    }

    private static Script Listening(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs, cookies: SynCookieMode.Never);
        s.Listen(FastOpen);
        return s;
    }

    /// <summary>A connection accepted in SYN-RECEIVED, with "question" to read.</summary>
    private static Script Early(string family, uint iss, uint irs)
    {
        var s = Listening(family, iss, irs);
        var (port, cookie) = (s.PeerPort, s.Engine.State.FastOpen.CookieOf(s.Tuple));
        s.PeerPort = port;
        s.Inject(Syn, seq: 0, data: "question", options: Options(cookie));
        s.Expect(Syn | Ack, seq: 0, ack: 9);
        s.AcceptWaiting();
        Assert.Equal((TcpState.SynReceived, 1L), (s.State, s.Count(Counter.FastOpensAccepted)));
        return s;
    }

    /// <summary>The cookie that a first connection gets.</summary>
    private static FastOpenCookie Cookie(Script s)
    {
        s.PeerPort = new Port(40_001);
        s.Inject(Syn, seq: 0, options: Options(FastOpenCookie.Request));
        var cookie = s.Expect(Syn | Ack, seq: 0, ack: 1).Options.FastOpen;
        s.Inject(TcpFlags.Rst, seq: 1);
        Assert.True(cookie.HasCookie);
        return cookie;
    }

    private static TcpOptions Options(FastOpenCookie cookie) => new() { Mss = 1460, FastOpen = cookie };
}

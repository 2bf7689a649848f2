using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.FastOpen;

/// <summary>Fast Open, the active side (RFC 7413 section 4.1.3).</summary>
public class FastOpenConnectTests
{
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Ack = TcpFlags.Ack;
    private const string Question = "question";

    private static readonly ConnectionOptions FastOpen = new() { FastOpen = true };
    private static readonly FastOpenCookie Cookie = FastOpenCookie.Of(0x0102030405060708);

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "7413 section 4.1.3")]
    public void The_second_connections_SYN_has_the_cookie_and_data(string family, uint iss, uint irs)
    {
        var s = Known(family, iss, irs);
        Open(s);
        var syn = s.Expect(Syn, seq: 0, data: Question);
        Assert.Equal(Cookie, syn.Options.FastOpen);
        s.Inject(Syn | Ack, seq: 0, ack: 9, options: new TcpOptions { Mss = 1460 });
        s.Expect(Ack, seq: 9, ack: 1);
        Assert.Equal(TcpState.Established, s.State);
        Assert.Equal(Question.Length, s.Engine.DequeueAcknowledged(s.Connection));
        s.Inject(Ack, seq: 1, ack: 9, data: "answer");
        Assert.Equal("answer", s.Read());
        s.Send("next");
        s.Expect(Ack | TcpFlags.Psh, seq: 9, data: "next");
    }

    [Fact]
    [Trait("RFC", "7413 section 4.1.3")]
    public void The_data_of_a_SYN_is_bounded_by_the_last_MSS_of_the_peer()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        Assert.Equal(0, s.Engine.GetFastOpenRoom(s.Peer, s.Now));
        s.Engine.State.FastOpen.Remember(s.Peer, Cookie, 1460);
        Assert.Equal(1420, s.Engine.GetFastOpenRoom(s.Peer, s.Now));
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.Inject(Syn | Ack, seq: 0, ack: 9, options: new TcpOptions { Mss = 940 });
        Assert.Equal(900, s.Engine.GetFastOpenRoom(s.Peer, s.Now));
        Assert.True(s.Engine.GetSnapshot(s.Connection).SynDataAccepted);
        s.Abort();
        s.Drain();

        s.OpenWithData(FastOpen, new byte[1000]);
        s.Expect(Syn, seq: 0, length: 900);
        s.Inject(Syn | Ack, seq: 0, ack: 101, options: new TcpOptions { Mss = 940 });
        Assert.False(s.Engine.GetSnapshot(s.Connection).SynDataAccepted);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "7413 section 4.1.3")]
    public void Data_that_the_SYN_ACK_does_not_acknowledge_is_retransmitted_at_once(string family, uint iss, uint irs)
    {
        var s = Known(family, iss, irs);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.Inject(Syn | Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        s.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 1, data: Question);
        s.Inject(Ack, seq: 1, ack: 9);
        s.Pass(TimeSpan.FromSeconds(5));
        s.ExpectNothing();
    }

    [Theory]
    [InlineData("4", 9u)]
    [InlineData("6", 9u)]
    [InlineData("4", 1u)]
    [Trait("RFC", "7413 section 4.1.3.1")]
    public void An_unanswered_SYN_is_retransmitted_without_option_and_data(string family, uint acknowledged)
    {
        var s = Known(family, iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.PassUntilSent(TimeSpan.FromSeconds(2));
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
        s.Inject(Syn | Ack, seq: 0, ack: acknowledged, options: new TcpOptions { Mss = 1460 });
        if (acknowledged == 1)
            s.Expect(Ack | TcpFlags.Psh, seq: 1, data: Question);
        else
            s.Expect(Ack, seq: 9);
        Assert.Equal(TcpState.Established, s.State);
        s.Abort();
        s.Drain();

        // The option is not sent on this path for an hour.
        Open(s);
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
        s.Abort();
        s.Pass(TimeSpan.FromMinutes(61));
        s.Drain();
        Open(s);
        Assert.Equal(FastOpenCookie.Request, s.Expect(Syn, seq: 0, length: 0).Options.FastOpen);
    }

    [Fact]
    public void Fast_Open_is_off_by_default()
    {
        var s = Known("4", Isn.BeforeWrap, Isn.BeforeHalf);
        Open(s, ConnectionOptions.Default);
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("SynCookies", "never")]
    public void Two_engines_exchange_request_and_response_in_one_round_trip(string family)
    {
        var pair = new TestPair(
            new EngineOptions { Timestamps = true }, new EngineOptions { Timestamps = true }, family: family)
        {
            Delay = TimeSpan.FromMilliseconds(50),
        };
        Assert.Equal(
            EngineError.None, pair.A.Engine.Listen(pair.A.Address, new Port(80), null, FastOpen, out var listener));
        Assert.Equal([200, 100, 100], new[] { Ask(), Ask(), Ask() });
        Assert.Equal(2, pair.A.Engine.Counters[Counter.FastOpensAccepted]);

        int Ask()
        {
            var start = pair.Now;
            Assert.Equal(
                EngineError.None,
                pair.B.Engine.Open(null, default, pair.A.Address, new Port(80), FastOpen, pair.Now, out var client));
            pair.B.Engine.Send(client!, pair.B.Chain(Encoding.ASCII.GetBytes(Question)), pair.Now);
            Tcb? server = null;
            var answered = false;
            pair.RunUntil(() =>
            {
                if (server is null && pair.A.Engine.TryAccept(listener!, out server))
                    pair.A.DequeueEvents();
                if (server is not null && !answered && pair.A.ReadAll(server, pair.Now).Length > 0)
                {
                    answered = pair.A.Engine.Send(server, pair.A.Chain(new byte[3000]), pair.Now);
                    pair.Run(TimeSpan.Zero);
                }

                return pair.B.ReadAll(client!, pair.Now).Length > 0;
            });
            var took = pair.Now - start;
            pair.Run(TimeSpan.FromSeconds(1));
            Assert.Equal((TcpState.Established, 0L), (server!.State, server.Retransmissions));
            return (int)took.TotalMilliseconds;
        }
    }

    [Theory]
    [InlineData("4", false)]
    [InlineData("6", true)]
    [Trait("RFC", "7413 section 4.1.3.1")]
    public void A_server_that_did_not_acknowledge_the_data_gets_none_for_a_minute(string family, bool repeatsCookie)
    {
        var s = Known(family, iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.Inject(
            Syn | Ack, seq: 0, ack: 1,
            options: new TcpOptions { Mss = 1460, FastOpen = repeatsCookie ? Cookie : default });
        s.Expect(Ack | TcpFlags.Psh, seq: 1, data: Question);
        s.Abort();
        s.Drain();
        Open(s);
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
        s.Abort();
        s.Pass(TimeSpan.FromSeconds(61));
        s.Drain();

        // The cookie may still be valid.
        Open(s);
        Assert.Equal(Cookie, s.Expect(Syn, seq: 0, data: Question).Options.FastOpen);
        s.Inject(Syn | Ack, seq: 0, ack: 9, options: new TcpOptions { Mss = 1460 });
        s.Abort();
        s.Drain();
        Open(s);
        Assert.Equal(Cookie, s.Expect(Syn, seq: 0, data: Question).Options.FastOpen);
    }

    [Fact]
    [Trait("RFC", "7413 section 4.1.3")]
    public void A_server_with_a_new_cookie_gets_data_with_the_next_SYN()
    {
        var s = Known("4", iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        var other = FastOpenCookie.Of(99);
        s.Inject(Syn | Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460, FastOpen = other });
        s.Abort();
        s.Drain();
        Open(s);
        Assert.Equal(other, s.Expect(Syn, seq: 0, data: Question).Options.FastOpen);
    }

    [Fact]
    [Trait("RFC", "7413 section 4.1.3")]
    public void A_partial_ACK_of_the_data_is_no_failure()
    {
        var s = Known("4", iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.Inject(Syn | Ack, seq: 0, ack: 4, options: new TcpOptions { Mss = 1460 });
        s.Abort();
        s.Drain();
        Open(s);
        Assert.Equal(Cookie, s.Expect(Syn, seq: 0, data: Question).Options.FastOpen);
    }

    [Fact]
    [Trait("RFC", "7413 section 4.1.3.1")]
    public void Answers_to_a_SYN_retransmitted_after_a_wrong_ACK_are_no_failure()
    {
        var s = Known("4", iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        s.Inject(Ack, seq: 0, ack: 5000);
        s.ExpectResetAt(5000);
        s.PassMilliseconds(10);
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
        s.Inject(Syn | Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        s.Abort();
        s.Drain();
        Open(s);
        Assert.Equal(Cookie, s.Expect(Syn, seq: 0, data: Question).Options.FastOpen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("RFC", "7413 section 4.1.3.1")]
    public void A_timeout_and_an_ICMP_error_count_as_failures(bool isError)
    {
        var s = Known("4", iss: null, Isn.BeforeHalf);
        Open(s);
        s.Expect(Syn, seq: 0, data: Question);
        if (isError)
        {
            s.InjectFrame(Frames.Icmp(
                s.Peer, s.Host.Address, IcmpV4.DestinationUnreachable, IcmpV4.CodePortUnreachable, 0,
                s.LastSent.AsSpan(0, 28)));
        }
        else
        {
            s.Pass(TimeSpan.FromMinutes(5));
        }

        s.Drain();
        Assert.Equal(TcpState.Closed, s.Connection.State);
        Open(s);
        Assert.False(s.Expect(Syn, seq: 0, length: 0).Options.FastOpen.IsPresent);
    }

    [Fact]
    public void Failures_count_against_the_limit_of_the_cache()
    {
        var cookies = new FastOpenCookies(default, limit: 4);
        for (uint i = 0; i < 100; i++)
            cookies.RememberRefusal(IpAddress.From(new System.Net.IPAddress(i + 1)), 1460, MonotonicTime.Zero);
        var kept = Enumerable.Range(1, 100).Count(i =>
            !cookies.OptionFor(IpAddress.From(new System.Net.IPAddress(i)), MonotonicTime.Zero, out _).IsPresent);
        Assert.Equal(4, kept);
    }

    /// <summary>A script that knows the peer's cookie from an earlier connection.</summary>
    [Fact]
    public void A_link_with_a_tiny_MTU_has_no_room_for_a_cookie()
    {
        var s = new Script(link: new LinkProperties(68), cookies: SynCookieMode.Never);
        s.Engine.State.FastOpen.Remember(s.Peer, Cookie, 1460);
        Open(s);
        Assert.False(s.Expect(Syn, seq: 0).Options.FastOpen.IsPresent);
    }

    private static Script Known(string family, uint? iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs, cookies: SynCookieMode.Never);
        s.Engine.State.FastOpen.Remember(s.Peer, Cookie, 1460);
        return s;
    }

    private static void Open(Script s, ConnectionOptions? options = null)
    {
        s.HostPort = new Port((ushort)(s.HostPort.Value == 80 ? 50_000 : s.HostPort.Value + 1));
        s.OpenWithData(options ?? FastOpen, Encoding.ASCII.GetBytes(Question));
    }
}

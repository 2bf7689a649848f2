using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;
using static UserTcp.Engine.Tests.Kit.CookiePeer;

namespace UserTcp.Engine.Tests.Input;

/// <summary>The handshake with a SYN cookie: the SYN,ACK, and the connection that the ACK makes.</summary>
[Trait("RFC", "4987 section 3.6")]
public class CookieHandshakeTests
{
    private static readonly TcpOptions Everything = new()
    {
        Mss = 1460,
        WindowScale = WindowScale.FromWire(9),
        SackPermitted = true,
    };

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_cookie_makes_the_same_connection_as_a_half_open_entry(string family, uint iss, uint irs)
    {
        var p = new CookiePeer(family, irs: irs, keys: KeysFor(iss, family, irs))
            .Listen(new ConnectionOptions { NoDelay = true });
        var s = p.Script;
        p.SynAnswered();
        Assert.InRange(unchecked(iss - s.Iss.Value), 1u, 4096u);
        Assert.Equal((0, 0, 0), (s.Engine.ConnectionCount, s.Listener.HalfOpen, s.Engine.TimerCount));
        Assert.Equal(MonotonicTime.Never, s.Engine.NextDeadline);
        p.Inject(window: 65_535);
        s.AcceptWaiting();
        Assert.Equal((TcpState.Established, 1, 0), (s.State, s.Engine.ConnectionCount, s.Listener.HalfOpen));

        // Both directions cross the corner of the sequence space.
        s.Send(new byte[3000]);
        s.Send(new byte[3000]);
        var sent = 0u;
        while (s.TryDequeueSent() is { } segment)
            sent += (uint)segment.Payload.Length;
        p.Clock++;
        p.Echo += 100;
        p.Inject(ack: 1 + sent, data: "request", window: 65_535);
        Assert.Equal("request", s.Read());
        s.Drain();
        Assert.Equal(6000, (int)sent);
        Assert.Equal((1L, 1L, 0L, 1L), (s.Count(Counter.SynCookiesSent), s.Count(
            Counter.SynCookiesReceived), s.Count(Counter.SynCookiesFailed), s.Count(Counter.PassiveOpens)));
    }

    /// <summary>Equal in every byte but the fields that encode the cookie.</summary>
    [Theory]
    [InlineData("4", true)]
    [InlineData("6", true)]
    [InlineData("4", false)]
    [InlineData("6", false)]
    public void The_SYN_ACK_equals_that_of_a_half_open_connection(string family, bool ecn)
    {
        var frames = new[] { SynCookieMode.Never, SynCookieMode.Always }.Select(mode =>
        {
            var p = new CookiePeer(family, mode)
            {
                Offer = Everything,
                EcnFlags = ecn ? TcpFlags.Ece | TcpFlags.Cwr : 0,
            };
            p.Listen(new ConnectionOptions { HopLimit = 9, TrafficClass = 0x20 });
            p.Syn("ignored");
            var frame = p.Script.DequeueFrame();
            p.Script.ExpectNothing();
            return frame;
        }).ToArray();
        var ip = family == "4" ? 20 : 40;
        Assert.Equal(ip + 40, frames[0].Length);
        var (ordinary, cookie) = (Frames.Read(frames[0]), Frames.Read(frames[1]));
        Assert.Equal(ordinary.Header with { Seq = cookie.Header.Seq }, cookie.Header);
        Assert.Equal(ordinary.Options.Timestamps!.Value.Echo, cookie.Options.Timestamps!.Value.Echo);
        foreach (var frame in frames)
        {
            // The sequence number, the TSval, and the checksums.
            byte[] timestamps = [8, 10];
            frame.AsSpan(ip + 4, 4).Clear();
            frame.AsSpan(ip + 16, 2).Clear();
            frame.AsSpan(ip + 20 + frame.AsSpan(ip + 20).IndexOf(timestamps) + 2, 4).Clear();
        }

        Assert.Equal(frames[0], frames[1]);
    }

    [Theory]
    [InlineData("4", 0, true, true)]
    [InlineData("6", 14, true, false)]
    [InlineData("4", 7, false, true)]
    [InlineData("6", null, true, true)]
    public void With_timestamps_a_cookie_keeps_all_options(string family, int? scale, bool sack, bool ecn)
    {
        var p = new CookiePeer(family)
        {
            Offer = new TcpOptions
            {
                Mss = 1300,
                WindowScale = scale is { } shift ? WindowScale.FromWire((byte)shift) : null,
                SackPermitted = sack,
            },
            EcnFlags = ecn ? TcpFlags.Ece | TcpFlags.Cwr : 0,
        };
        p.Listen();
        var answer = p.SynAnswered();
        Assert.Equal((scale is not null, sack), (answer.Options.WindowScale is not null, answer.Options.SackPermitted));
        p.Inject(window: 500);
        p.Script.AcceptWaiting();
        var tcb = p.Script.Connection;
        Assert.Equal((sack, ecn, true), (tcb.SackOk, tcb.Ecn.Ok, tcb.Ts.Ok));
        Assert.Equal((uint)500 << (scale ?? 0), tcb.Snd.Wnd);
        Assert.Equal(scale is null ? 0 : answer.Options.WindowScale!.Value.Shift, tcb.Rcv.Scale.Shift);
        Assert.Equal(1220, tcb.Snd.PeerMss);
    }

    [Theory]
    [InlineData("4", true)]
    [InlineData("6", false)]
    public void Without_timestamps_a_cookie_keeps_the_MSS_only(string family, bool ours)
    {
        var p = new CookiePeer(family, options: new EngineOptions { Timestamps = !ours })
        {
            Offer = Everything,
            Timestamps = ours,
            EcnFlags = TcpFlags.Ece | TcpFlags.Cwr,
        };
        p.Listen();
        p.Syn();
        var answer = p.Script.Expect(SynAck, seq: 0, ack: 1);
        Assert.Equal((null, false, null, 0), (
            answer.Options.WindowScale, answer.Options.SackPermitted, answer.Options.Timestamps,
            (int)(answer.Header.Flags & TcpFlags.Ece)));
        p.Inject(window: 500);
        p.Script.AcceptWaiting();
        var tcb = p.Script.Connection;
        Assert.Equal(
            (false, false, false, 500u, 0), (tcb.SackOk, tcb.Ecn.Ok, tcb.Ts.Ok, tcb.Snd.Wnd, tcb.Rcv.Scale.Shift));
        Assert.Equal(family == "4" ? 1460 : 1440, tcb.Snd.PeerMss);
    }

    [Theory]
    [InlineData("4", null, 536)]
    [InlineData("6", null, 1220)]
    [InlineData("4", 1, 48)]
    [InlineData("4", 1459, 1440)]
    [InlineData("6", 65_535, 8940)]
    public void The_MSS_of_the_SYN_is_rounded_down(string family, int? mss, int kept)
    {
        var p = new CookiePeer(family) { Offer = new TcpOptions { Mss = (ushort?)mss } };
        p.Listen();
        p.Accept();
        Assert.Equal(kept, p.Script.Connection.Snd.PeerMss);
    }

    /// <summary>PAWS at the peer (RFC 7323 section 5) requires that our TSval never goes back.</summary>
    [Fact]
    public void Our_timestamps_continue_from_the_cookie()
    {
        for (var i = 0; i < 200; i++)
        {
            var p = new CookiePeer { Offer = Everything };
            p.Script.PassMilliseconds(i);
            p.Listen();
            p.SynAnswered();
            p.Inject(data: "x");
            p.Script.PassMilliseconds(40);
            var ack = p.Script.Expect(TcpFlags.Ack, seq: 1, ack: 2);
            Assert.InRange(unchecked(ack.Options.Timestamps!.Value.Value - p.Echo), 40u, 40u + 63);
        }
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Data_and_FIN_of_the_segment_are_received(string family)
    {
        var p = new CookiePeer(family).Listen();
        var s = p.Script;
        p.SynAnswered();
        p.Inject(TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Psh, data: "all of it");
        Assert.Equal(TcpState.CloseWait, s.State);
        s.AcceptWaiting();
        Assert.Equal("all of it", s.Read());
        s.ExpectLast(TcpFlags.Ack, seq: 1, ack: 11);
        s.Close();
        s.ExpectLast(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 11);
        p.Inject(seq: 11, ack: 2);
        s.AssertNothingLeft();
    }

    [Fact]
    public void The_first_data_opens_the_connection_if_the_ACK_is_lost()
    {
        var p = new CookiePeer().Listen();
        p.SynAnswered();
        p.Script.Pass(TimeSpan.FromSeconds(60));
        p.Inject(data: "late");
        p.Script.AcceptWaiting();
        Assert.Equal("late", p.Script.Read());
    }

    /// <summary>
    /// The ACK and the first data are lost: a RST for later data would end the connection that their retransmission
    /// opens.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Segments_after_a_lost_first_segment_are_dropped_without_a_RST(bool timestamps)
    {
        var p = new CookiePeer { Timestamps = timestamps }.Listen();
        var s = p.Script;
        p.SynAnswered();
        p.Inject(seq: 6, data: "later");
        p.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 11);
        p.Inject(seq: 12);
        s.ExpectNothing();
        Assert.Equal((0, 3L), (s.Engine.ConnectionCount, s.Count(Counter.SynCookiesFailed)));
        p.Inject(seq: 1, data: "first");
        s.AcceptWaiting();
        Assert.Equal("first", s.Read());
    }

    [Fact]
    public void A_segment_that_cannot_follow_a_cookie_draws_a_RST()
    {
        var p = new CookiePeer().Listen();
        var s = p.Script;
        p.Inject(seq: 6, data: "before any cookie");
        s.Expect(TcpFlags.Rst);
        p.SynAnswered();
        // A TSecr that is too old or in the future.
        var echo = p.Echo;
        p.Echo = echo - 128_001;
        p.Inject(seq: 6, data: "stale");
        s.Expect(TcpFlags.Rst);
        p.Echo = echo + 1000;
        p.Inject(seq: 6, data: "from the future");
        s.Expect(TcpFlags.Rst);
        // Beyond the lifetime of any cookie of this listener.
        p.Echo = echo;
        s.Pass(TimeSpan.FromSeconds(128));
        p.Echo += 127_900;
        p.Inject(seq: 6, data: "too late");
        s.Expect(TcpFlags.Rst);
    }

    [Fact]
    public void The_handshake_gives_no_RTT_sample_and_the_first_data_does()
    {
        var p = new CookiePeer().Listen();
        var s = p.Script;
        p.SynAnswered();
        s.PassMilliseconds(500);
        p.Inject();
        s.AcceptWaiting();
        Assert.Equal(TimeSpan.FromSeconds(1), s.Connection.Rtt.Rto(new EngineOptions()));
        s.Send("data");
        var data = s.Expect(TcpFlags.Ack, seq: 1);
        s.PassMilliseconds(20);
        (p.Echo, p.Clock) = (data.Options.Timestamps!.Value.Value, unchecked(p.Clock + 20));
        p.Inject(ack: 5);
        Assert.Equal(TimeSpan.FromMilliseconds(20), s.Connection.Rtt.Srtt);
    }

    [Fact]
    public void The_listeners_user_timeout_option_is_sent_on_the_first_ACK()
    {
        var p = new CookiePeer().Listen(new ConnectionOptions { AdvertisedUserTimeout = TimeSpan.FromMinutes(5) });
        p.SynAnswered();
        p.Inject(data: "x");
        p.Script.PassMilliseconds(50);
        Assert.NotNull(p.Script.Expect(TcpFlags.Ack, ack: 2).Options.UserTimeout);
    }

    [Fact]
    public void A_SYN_answered_with_a_cookie_gets_no_Fast_Open()
    {
        var p = new CookiePeer { Offer = new TcpOptions { Mss = 1460, FastOpen = FastOpenCookie.Request } };
        p.Listen(new ConnectionOptions { FastOpen = true });
        p.Syn("early");
        var answer = p.Script.Expect(SynAck, seq: 0, ack: 1);
        Assert.False(answer.Options.FastOpen.IsPresent);
        Assert.Equal(0, p.Script.Engine.ConnectionCount);
    }
}

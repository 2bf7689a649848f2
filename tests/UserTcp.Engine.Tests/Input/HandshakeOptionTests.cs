using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>Options of the SYNs: MSS and window scale (RFC 9293 section 3.7.1, RFC 7323 section 2).</summary>
public class HandshakeOptionTests
{
    private static readonly byte[] LongData = new byte[20_000];

    [Theory]
    [InlineData("4", 1500, 1460)]
    [InlineData("6", 1500, 1440)]
    [InlineData("4", 576, 536)]
    [InlineData("6", 1280, 1220)]
    [InlineData("4", 65_535, 65_495)]
    [Trait("RFC9293", "MUST-14")]
    [Trait("RFC9293", "MUST-67")]
    [Trait("RFC9293", "SHLD-5")]
    [Trait("RFC9293", "MAY-3")]
    public void The_announced_MSS_is_the_MTU_less_the_fixed_headers(string family, int mtu, int mss)
    {
        var active = new Script(family: family, link: new LinkProperties(mtu), cookies: SynCookieMode.Never);
        Assert.Equal(EngineError.None, active.Engine.Open(
            null, default, active.Peer, active.PeerPort, ConnectionOptions.Default, active.Now, out _));
        Assert.Equal(mss, (int)active.Expect(TcpFlags.Syn).Options.Mss!);

        var passive = new Script(family: family, link: new LinkProperties(mtu), cookies: SynCookieMode.Never);
        passive.Listen();
        passive.Inject(TcpFlags.Syn, seq: 0);
        Assert.Equal(mss, (int)passive.Expect(TcpFlags.Syn | TcpFlags.Ack).Options.Mss!);
    }

    [Theory]
    [InlineData("4", null, 536)]
    [InlineData("6", null, 1220)]
    [InlineData("4", 1000, 1000)]
    [InlineData("6", 1000, 1000)]
    [InlineData("4", 65_535, 1460)]
    [InlineData("6", 65_535, 1440)]
    [InlineData("4", 0, 536)]
    [InlineData("4", 1, 48)]
    [Trait("RFC9293", "MUST-14")]
    [Trait("RFC9293", "MUST-15")]
    [Trait("RFC9293", "MUST-16")]
    public void The_send_MSS_is_the_min_of_the_peers_and_the_links(string family, int? announced, int sent)
    {
        var s = new Script(family: family, cookies: SynCookieMode.Never);
        s.Accept(mss: (ushort?)announced);
        s.Send(LongData);
        s.Expect(TcpFlags.Ack, seq: 1, length: sent);

        s = new Script(family: family, cookies: SynCookieMode.Never);
        s.Connect(mss: (ushort?)announced);
        s.Send(LongData);
        s.Expect(TcpFlags.Ack, seq: 1, length: sent);
    }

    [Fact]
    [Trait("RFC9293", "MUST-65")]
    public void An_MSS_option_without_SYN_is_ignored()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Accept();
        s.Inject(
            TcpFlags.Ack, seq: 1, ack: 1, options: new TcpOptions { Mss = 100, WindowScale = WindowScale.FromWire(7) });
        Assert.Equal(Script.PeerWindow, s.Engine.GetSnapshot(s.Connection).SndWnd);
        s.Send(LongData);
        var sent = s.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        Assert.Null(sent.Options.Mss);
        Assert.Null(sent.Options.WindowScale);
    }

    [Theory]
    [InlineData(65_535, 0)]
    [InlineData(65_536, 1)]
    [InlineData(1 << 20, 5)]
    [InlineData(1 << 30, 14)]
    [Trait("RFC", "7323 section 2.2")]
    public void The_window_scale_is_the_min_for_the_buffer_and_the_SYN_window_is_unscaled(int buffer, int shift)
    {
        var options = new ConnectionOptions { ReceiveBufferSize = buffer };
        // A window is a quarter of the free memory or less: allow four times the window.
        var s = new Script(new EngineOptions { MaxMemory = 1L << 40 }, cookies: SynCookieMode.Never);
        s.Engine.Open(null, new Port(50_000), s.Peer, s.PeerPort, options, s.Now, out _);
        s.HostPort = new Port(50_000);
        var syn = s.Expect(TcpFlags.Syn, window: 65_535);
        Assert.Equal(shift, (int)syn.Options.WindowScale!.Value.Shift);
        s.Inject(
            TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1,
            options: new TcpOptions { WindowScale = WindowScale.FromWire(3) });
        var ack = s.Expect(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.InRange(
            (long)ack.Header.Window << shift,
            Math.Min(buffer, 65_535L << shift) - (1 << shift), buffer + (1L << shift));
    }

    [Fact]
    [Trait("RFC", "7323 section 2.2")]
    public void Without_the_peers_option_no_window_is_scaled()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0, window: 1000);
        Assert.Null(s.Expect(TcpFlags.Syn | TcpFlags.Ack, window: 65_535).Options.WindowScale);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 2000, data: "x");
        s.AcceptWaiting();
        Assert.Equal(2000u, s.Engine.GetSnapshot(s.Connection).SndWnd);
        s.PassMilliseconds(500);
        Assert.InRange(s.Expect(TcpFlags.Ack, ack: 2).Header.Window, 65_533, 65_535);

        var active = new Script(cookies: SynCookieMode.Never);
        active.Connect(window: 1000);
        active.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 2000);
        Assert.Equal(2000u, active.Engine.GetSnapshot(active.Connection).SndWnd);
    }

    [Theory]
    [InlineData(0, 1000u)]
    [InlineData(7, 1000u << 7)]
    [InlineData(14, 1000u << 14)]
    [InlineData(200, 1000u << 14)]
    [Trait("RFC", "7323 section 2.3")]
    [Trait("RFC9293", "REC-1")]
    public void The_peers_scale_applies_after_the_SYN_with_a_max_of_fourteen(byte shift, uint window)
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(
            TcpFlags.Syn, seq: 0, window: 1000, options: new TcpOptions { WindowScale = WindowScale.FromWire(shift) });
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(1000u, s.Engine.GetSnapshots(s.Now).Single(c => c.State == TcpState.SynReceived).SndWnd);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 1000);
        s.AcceptWaiting();
        Assert.Equal(window, s.Engine.GetSnapshot(s.Connection).SndWnd);
    }

    [Fact]
    [Trait("RFC9293", "MUST-5")]
    [Trait("RFC9293", "MUST-6")]
    public void Unnegotiated_options_are_ignored_on_every_segment()
    {
        var s = new Script(new EngineOptions { Sack = false, Timestamps = false }, cookies: SynCookieMode.Never);
        s.Listen();
        var options = new TcpOptions { SackPermitted = true, Timestamps = new TcpTimestamps(1, 0) };
        s.Inject(TcpFlags.Syn, seq: 0, options: options);
        var answer = s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.False(answer.Options.SackPermitted);
        Assert.Null(answer.Options.Timestamps);
        s.Inject(
            TcpFlags.Ack, seq: 1, ack: 1, data: "data",
            options: new TcpOptions { Timestamps = new TcpTimestamps(2, 1) });
        s.AcceptWaiting();
        Assert.Equal("data", s.Read());
        s.Inject(
            TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 1,
            options: new TcpOptions { Timestamps = new TcpTimestamps(0, 0) });
        Assert.Null(s.Expect(TcpFlags.Ack, ack: 6).Options.Timestamps);
        Assert.Equal(TcpState.CloseWait, s.State);
    }
}

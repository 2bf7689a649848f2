using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>
/// Negotiation of timestamps: if both SYNs have the option, every segment has it (RFC 7323 section 3.2).
/// </summary>
[Trait("RFC", "7323 section 3.2")]
public class TimestampNegotiationTests
{
    private static readonly TcpOptions Plain = new() { Mss = 1460 };

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void After_a_passive_open_every_segment_has_the_option(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        var s = t.Script;
        s.Send("data");
        t.Expect(TcpFlags.Ack, seq: 1, ack: 1, data: "data", echo: 1);
        s.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Ack, seq: 1, data: "data", echo: 1);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 2);
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 5, value: 3);
        t.Expect(TcpFlags.Ack, ack: 2, echo: 3);
        s.Shutdown();
        t.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 2, echo: 3);
        s.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 2, echo: 3);
        t.Inject(TcpFlags.Ack, seq: 2, ack: 6, value: 4);
        Assert.Equal(TcpState.Closed, s.State);
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void After_an_active_open_every_segment_has_the_option(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer, active: true).Connect();
        t.Script.Send("data");
        t.Expect(TcpFlags.Ack, seq: 1, ack: 1, data: "data", echo: 0);
        // The clock wraps within this time.
        t.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Ack, seq: 1, data: "data", echo: 0);
        t.Script.Pass(TimeSpan.FromSeconds(40));
        Assert.True(unchecked(t.OurClock - ours) < 60_000);
        t.Script.ExpectLast(TcpFlags.Ack, seq: 1);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 40_000, data: "reply");
        Assert.Equal("reply", t.Script.Read());
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void A_simultaneous_open_negotiates_the_option(string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer, active: true).Open();
        t.Inject(TcpFlags.Syn, seq: 0, value: 0, mss: 1460);
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, echo: 0);
        t.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, value: 1, mss: 1460);
        Assert.Equal(TcpState.Established, t.Script.State);
        t.Script.Send("data");
        t.Expect(TcpFlags.Ack, seq: 1, data: "data", echo: 1);
    }

    [Fact]
    public void Without_the_peers_option_a_passive_open_does_not_use_it()
    {
        var s = new TimestampScript().Script;
        s.Accept();
        s.Send("data");
        Assert.Null(s.Expect(TcpFlags.Ack, data: "data").Options.Timestamps);
        Assert.False(s.Engine.GetSnapshot(s.Connection).Timestamps);
    }

    [Theory]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack)]
    [InlineData(TcpFlags.Syn)]
    public void Without_the_peers_option_an_active_open_stops_using_it(TcpFlags answer)
    {
        var s = new TimestampScript(active: true).Open().Script;
        s.Inject(answer, seq: 0, ack: 1, options: Plain);
        Assert.Null(s.Expect(answer == TcpFlags.Syn ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack).Options.Timestamps);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        s.Send(new byte[1460]);
        Assert.Null(s.Expect(TcpFlags.Ack, length: 1460).Options.Timestamps);
        Assert.False(s.Engine.GetSnapshot(s.Connection).Timestamps);
    }

    [Fact]
    public void An_unnegotiated_option_is_ignored()
    {
        var t = new TimestampScript();
        t.Script.Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 100, data: "new");
        t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: 1, data: "old");
        Assert.Equal("newold", t.Script.Read());
        t.Script.PassMilliseconds(500);
        Assert.Null(t.Script.ExpectLast(TcpFlags.Ack).Options.Timestamps);
    }

    [Fact]
    public void A_timestamp_of_zero_is_valid()
    {
        var t = new TimestampScript(peer: 0).Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: -1, data: "old");
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
        var again = new TimestampScript(peer: uint.MaxValue).Accept();
        Assert.Equal(0u, again.State.Recent);
        again.Script.Send("data");
        Assert.Equal(0u, again.Expect(TcpFlags.Ack, data: "data").Options.Timestamps!.Value.Echo);
        again.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 0, data: "old");
        again.Expect(TcpFlags.Ack, ack: 1);
        Assert.Equal(1, again.Script.Count(Counter.DroppedPaws));
    }

    [Fact]
    public void Zero_window_probes_and_keep_alives_have_the_option()
    {
        var t = new TimestampScript().Accept(
            window: 0, connection: new ConnectionOptions { KeepAlive = true, KeepAliveTime = TimeSpan.FromHours(1) });
        t.Script.Send("data");
        t.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Ack, seq: 0, length: 0, echo: 1);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2);
        t.Expect(TcpFlags.Ack, seq: 1, data: "data", echo: 2);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 3);
        t.Script.PassUntilSent(TimeSpan.FromHours(2));
        t.Expect(TcpFlags.Ack, seq: 4, length: 0, echo: 3);
    }

    [Fact]
    [Trait("RFC", "7323 section 5.2")]
    [Trait("SynCookies", "never")]
    public void A_RST_of_a_connection_has_the_option_and_any_other_RST_does_not()
    {
        var t = new TimestampScript().Accept();
        t.Script.Abort();
        t.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1, echo: 1);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2);
        Assert.Null(t.Script.Expect(TcpFlags.Rst, seq: 1).Options.Timestamps);

        var half = new TimestampScript();
        half.Script.Listen();
        half.Inject(TcpFlags.Syn, seq: 0, value: 0);
        half.Expect(TcpFlags.Syn | TcpFlags.Ack);
        half.Inject(TcpFlags.Ack, seq: 1, ack: 100, value: 1);
        // Without ACK, TSecr is zero.
        Assert.Equal(0u, half.Expect(TcpFlags.Rst, seq: 100).Options.Timestamps!.Value.Echo);
    }

    [Theory]
    [InlineData("4", 1460)]
    [InlineData("6", 1440)]
    [Trait("RFC9293", "MUST-16")]
    [Trait("RFC", "6691 section 3")]
    public void The_option_reduces_the_payload_and_not_the_MSS_option(string family, int mss)
    {
        var t = new TimestampScript(family);
        t.Script.Listen();
        t.Inject(TcpFlags.Syn, seq: 0, value: 0, mss: 9000);
        Assert.Equal(mss, (int)t.Expect(TcpFlags.Syn | TcpFlags.Ack).Options.Mss!);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 1);
        t.Script.AcceptWaiting();
        Assert.Equal(mss - 12, t.Script.Engine.GetSnapshot(t.Script.Connection).SendMss);
        t.Script.Send(new byte[3000]);
        t.Expect(TcpFlags.Ack, seq: 1, length: mss - 12);
    }

    [Fact]
    [Trait("RFC", "1191 section 3")]
    public void The_path_MTU_includes_the_option()
    {
        var t = new TimestampScript().Accept();
        t.Script.Send(new byte[2 * 1448]);
        t.Expect(TcpFlags.Ack, seq: 1, length: 1448);
        var s = t.Script;
        s.InjectFrame(Frames.Icmp(s.Peer, s.Host.Address, 3, 4, 1000, s.LastSent));
        s.ExpectLast(TcpFlags.Ack);
        Assert.Equal(1000 - 20 - 20 - 12, s.Engine.GetSnapshot(s.Connection).SendMss);
    }

    [Fact]
    public void A_super_segment_has_one_option()
    {
        var t = new TimestampScript(
            link: new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true))
            .Accept();
        t.Script.Send(new byte[100_000]);
        Assert.Equal([(14_480, 1448)], t.Script.Host.SuperSegments);
        for (uint i = 0; i < 10; i++)
            t.Expect(TcpFlags.Ack, seq: 1 + (i * 1448), length: 1448, echo: 1);
    }

    [Fact]
    public void A_super_segment_with_the_option_holds_as_many_whole_segments_as_fit()
    {
        var options = new EngineOptions { Timestamps = true };
        var pair = new TestPair(
            options, options,
            new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        var (server, client) = pair.Connect();
        pair.A.Engine.Send(server, pair.A.Chain(new byte[900_000]), pair.Now);
        pair.RunUntil(() => client.Active.Rcv.Held >= 900_000);
        Assert.Equal(45 * 1448, pair.A.SuperSegments.Max(super => super.Length));
        Assert.All(pair.A.SuperSegments, super => Assert.Equal(1448, super.SegmentSize));
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("SynCookies", "never")]
    public void Parking_a_half_open_connection_keeps_its_timestamps(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer);
        var s = t.Script;
        s.Listen();
        t.Inject(TcpFlags.Syn, seq: 0, value: 0, mss: 1000);
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, echo: 0);
        Assert.Equal(1, s.Engine.State.HalfOpen.Count);
        s.PassUntilSent(TimeSpan.FromSeconds(2));
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, echo: 0);
        // A retransmitted SYN has a newer TSval, which the next SYN,ACK echoes.
        t.Inject(TcpFlags.Syn, seq: 0, value: 1000, mss: 1000);
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, echo: 1000);
        // An older duplicate of the SYN changes nothing.
        t.Inject(TcpFlags.Syn, seq: 0, value: 0, mss: 1000);
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1000);
        var parked = Assert.Single(s.Engine.GetSnapshots(s.Now), snapshot => snapshot.State == TcpState.SynReceived);
        Assert.True(parked.Timestamps);
        Assert.Equal(parked, Snapshots.Of(
            s.Engine.State, ConnectionLookup.Enter(s.Engine.State, s.Tuple, s.Engine.State.HashOf(s.Tuple))!, s.Now));
        Assert.Empty(s.Host.Emit(s.Now));

        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 999);
        Assert.Equal(TcpState.SynReceived, s.State);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 1001, data: "data");
        s.AcceptWaiting();
        Assert.Equal(("data", 988), (s.Read(), s.Engine.GetSnapshot(s.Connection).SendMss));
    }

    [Fact]
    [Trait("RFC", "7323 section 7.1")]
    public void The_clock_offset_is_per_connection_and_unrelated_to_others()
    {
        var key = new SipKey(1, 2);
        var tuple = new FourTuple(new IpAddress(0, 1), new Port(80), new IpAddress(0, 2), new Port(1000));
        var here = TimestampClock.OffsetOf(key, tuple);
        Assert.Equal(here, TimestampClock.OffsetOf(key, tuple));
        Assert.NotEqual(here, TimestampClock.OffsetOf(new SipKey(1, 3), tuple));
        var bits = Enumerable.Range(0, 2000)
            .Sum(i => uint.PopCount(
                here ^ TimestampClock.OffsetOf(key, tuple with { RemotePort = new Port((ushort)(2000 + i)) })));
        Assert.InRange(bits / 2000.0, 15.5, 16.5);
    }

    [Fact]
    [Trait("RFC", "7323 section 5.4")]
    public void The_clock_ticks_every_millisecond_and_wraps()
    {
        Assert.Equal(uint.MaxValue, TimestampClock.At(new MonotonicTime(0), uint.MaxValue));
        Assert.Equal(uint.MaxValue, TimestampClock.At(new MonotonicTime(9999), uint.MaxValue));
        Assert.Equal(0u, TimestampClock.At(new MonotonicTime(10_000), uint.MaxValue));
        Assert.Equal(5u, TimestampClock.At(new MonotonicTime(((1L << 32) + 5) * TimeSpan.TicksPerMillisecond), 0));
    }
}

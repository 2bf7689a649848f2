using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>
/// ECE reduces the window once per round trip, with CWR (RFC 3168 section 6.1.2); which packets are ECT (6.1.4, 6.1.5).
/// </summary>
[Trait("RFC", "3168 section 6.1.2")]
public sealed class EcnSenderTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Ece = TcpFlags.Ece;
    private const TcpFlags Cwr = TcpFlags.Cwr;
    private const byte Capable = 0x10 | EcnState.CapableTransport;
    private const byte NotCapable = 0x10;

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void ECE_halves_the_window_once_per_round_trip(string family, uint iss, uint irs)
    {
        var t = new EcnScript(family, irs, iss);
        Assert.Equal((10, 10_000), (t.Send(20).Count, t.Window));
        for (var ack = 1001u; ack <= 10_001; ack += 1000)
            t.Script.Inject(Ack | Ece, seq: 1, ack: ack);
        // While the first half is acknowledged, as much of the rest is sent as the reduced window allows.
        Assert.Equal((1, 5000), (t.Script.Count(Counter.EceReceived), t.Window));
        var sent = t.Sent();
        Assert.Equal(
            (Ack | Cwr, 1), (sent[0].Header.Flags & ~TcpFlags.Psh, sent.Count(s => s.Header.Flags.HasFlag(Cwr))));

        // The ACK covers data sent after the reduction: ECE echoes another CE.
        t.Script.Inject(Ack | Ece, seq: 1, ack: 10_001 + 1000);
        Assert.Equal((2, 2500), (t.Script.Count(Counter.EceReceived), t.Window));
    }

    [Fact]
    [Trait("RFC", "9937 section 5")]
    public void An_ACK_with_ECE_releases_data_like_any_other()
    {
        // PRR: half of the delivered data, and one whole segment at first.
        var t = new EcnScript();
        Assert.Equal(4, t.Send(4).Count);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 1001);
        Assert.Single(t.Send(10));
    }

    [Fact]
    public void CWR_is_set_on_the_next_new_data_only()
    {
        var t = new EcnScript();
        t.Send(4);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 4001);
        Assert.Empty(t.Sent());
        var sent = t.Send(2);
        Assert.Equal([Ack | Cwr, Ack], sent.Select(s => s.Header.Flags & ~TcpFlags.Psh));
        Assert.All(sent, s => Assert.Equal(Capable, s.TrafficClass));
    }

    [Fact]
    public void ECE_on_the_last_ACK_delays_nothing_even_if_a_timeout_can_be_undone()
    {
        var t = new EcnScript();
        t.Send(4);
        t.Script.PassUntilSent(TimeSpan.FromSeconds(3));
        Assert.Single(t.Sent());
        t.Script.Inject(Ack, seq: 1, ack: 4001);
        Assert.NotEmpty(t.Send(1));
        t.Script.Inject(Ack | Ece, seq: 1, ack: 5001);
        Assert.Equal(1, t.Script.Count(Counter.EceReceived));
        Assert.NotEmpty(t.Send(1));
    }

    [Theory]
    [InlineData(0u, 20_001u)]
    [InlineData(200_000u, 1001u)]
    public void ECE_on_an_unacceptable_segment_is_ignored(uint seq, uint ack)
    {
        var t = new EcnScript();
        t.Send(10);
        t.Script.Inject(Ack | Ece, seq: seq, ack: ack);
        Assert.Equal((0, 10_000), (t.Script.Count(Counter.EceReceived), t.Window));
    }

    [Fact]
    public void ECE_with_nothing_outstanding_reduces_nothing()
    {
        var t = new EcnScript();
        t.Script.Inject(Ack | Ece, seq: 1, ack: 1, data: "data");
        Assert.Equal(0, t.Script.Count(Counter.EceReceived));
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.5")]
    public void A_retransmission_is_not_ECT_and_has_no_CWR()
    {
        var t = new EcnScript();
        t.Send(4);
        t.Script.PassMilliseconds(300);
        var retransmission = t.Sent();
        Assert.NotEmpty(retransmission);
        Assert.All(
            retransmission, s => Assert.Equal((NotCapable, Ack), (s.TrafficClass, s.Header.Flags & ~TcpFlags.Psh)));

        // RFC 3168 section 6.1.2: CWR follows any reduction, including one for a loss.
        t.Script.Inject(Ack, seq: 1, ack: 4001);
        var next = Assert.Single(t.Send(1));
        Assert.Equal((Capable, Ack | Cwr), (next.TrafficClass, next.Header.Flags & ~TcpFlags.Psh));
    }

    [Fact]
    public void ECE_during_loss_recovery_reduces_nothing_more()
    {
        var t = new EcnScript();
        t.Send(10);
        for (var i = 0; i < 3; i++)
            t.Script.Inject(Ack, seq: 1, ack: 1);
        var window = t.Window;
        t.Script.Inject(Ack | Ece, seq: 1, ack: 1);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 4001);
        Assert.Equal((0, 1), (t.Script.Count(Counter.EceReceived), t.Script.Count(Counter.FastRetransmits)));
        Assert.True(t.Window <= window);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.4")]
    public void An_ACK_a_probe_and_a_bare_FIN_are_not_ECT()
    {
        var t = new EcnScript();
        t.Inject(Ack, seq: 1, "data");
        t.Script.PassMilliseconds(40);
        t.Script.Inject(Ack, seq: 5, ack: 1, window: 0);
        t.Script.Send("wait");
        t.Script.PassMilliseconds(3000);
        t.Script.Inject(Ack, seq: 5, ack: 1);
        var sent = t.Sent();
        Assert.True(sent.Count > 2);
        Assert.All(sent, s => Assert.Equal(s.Payload.Length > 0 ? Capable : NotCapable, s.TrafficClass));
        t.Script.Inject(Ack, seq: 5, ack: 5);
        t.Script.Shutdown();
        Assert.Equal(NotCapable, t.Script.Expect(TcpFlags.Fin | Ack).TrafficClass);
    }

    [Fact]
    public void A_segment_with_CWR_is_sent_in_a_frame_of_its_own()
    {
        var t = new EcnScript(
            link: new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        t.Send(8);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 8001);
        t.Script.Host.SuperSegments.Clear();
        var sent = t.Send(4);
        Assert.Equal([true, false, false, false], sent.Select(s => s.Header.Flags.HasFlag(Cwr)));
        Assert.Equal([(3000, 1000)], t.Script.Host.SuperSegments);
        Assert.All(sent, s => Assert.Equal(Capable, s.TrafficClass));
    }

    [Fact]
    public void ECE_releases_no_more_than_the_reduced_window_after_any_earlier_reduction()
    {
        var t = new EcnScript();
        t.Send(200);
        for (var ack = 1001u; ack <= 10_001; ack += 1000)
            t.Script.Inject(Ack, seq: 1, ack: ack);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 11_001);
        t.Script.Inject(Ack, seq: 1, ack: 12_001);
        // A timeout, followed by slow start.
        t.Sent();
        t.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Sent();
        var all = t.Script.Connection.Snd.Nxt - t.Script.Iss;
        t.Script.Inject(Ack, seq: 1, ack: unchecked((uint)all));
        Assert.Equal(2, t.Sent().Count);
        t.Script.Inject(Ack | Ece, seq: 1, ack: unchecked((uint)(all + 1000)));
        Assert.Equal((2, 2000), (t.Script.Count(Counter.EceReceived), t.Window));
        Assert.Single(t.Sent());
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Ecn;

/// <summary>An echo reduces the window once in a round trip, and CWR says so (RFC 3168 section 6.1.2); what may be marked (6.1.4, 6.1.5).</summary>
[Trait("RFC", "3168 section 6.1.2")]
public sealed class SenderTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Ece = TcpFlags.Ece;
    private const TcpFlags Cwr = TcpFlags.Cwr;
    private const byte Capable = 0x10 | EcnState.CapableTransport;
    private const byte NotCapable = 0x10;

    [Theory]
    [MemberData(nameof(Corners.All), MemberType = typeof(Corners))]
    public void An_echo_halves_the_window_once_in_a_round_trip(string family, uint iss, uint irs)
    {
        var t = new EcnScript(family, irs, iss);
        Assert.Equal((10, 10_000), (t.Send(20).Count, t.Window));
        for (var ack = 1001u; ack <= 10_001; ack += 1000)
            t.Script.Inject(Ack | Ece, seq: 1, ack: ack);
        // The second half of the window goes out while the first is acknowledged: what is left of it after the reduction.
        Assert.Equal((1, 5000), (t.Script.Count(Counter.EceReceived), t.Window));
        var sent = t.Sent();
        Assert.Equal((Ack | Cwr, 1), (sent[0].Header.Flags & ~TcpFlags.Psh, sent.Count(s => s.Header.Flags.HasFlag(Cwr))));

        // What was sent after the reduction is acknowledged: the echo is of another mark.
        t.Script.Inject(Ack | Ece, seq: 1, ack: 10_001 + 1000);
        Assert.Equal((2, 2500), (t.Script.Count(Counter.EceReceived), t.Window));
    }

    [Fact]
    [Trait("RFC", "9937 section 5")]
    public void The_ACK_that_brings_the_echo_lets_something_out_as_any_other()
    {
        // Half of what has arrived, and a whole segment at first.
        var t = new EcnScript();
        Assert.Equal(4, t.Send(4).Count);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 1001);
        Assert.Single(t.Send(10));
    }

    [Fact]
    public void CWR_goes_with_the_next_new_text_and_no_other()
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
    public void An_echo_with_the_last_ACK_holds_nothing_back_though_a_timeout_may_still_be_taken_back()
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
    public void An_echo_in_what_is_not_acceptable_is_ignored(uint seq, uint ack)
    {
        var t = new EcnScript();
        t.Send(10);
        t.Script.Inject(Ack | Ece, seq: seq, ack: ack);
        Assert.Equal((0, 10_000), (t.Script.Count(Counter.EceReceived), t.Window));
    }

    [Fact]
    public void With_nothing_outstanding_there_is_nothing_to_reduce()
    {
        var t = new EcnScript();
        t.Script.Inject(Ack | Ece, seq: 1, ack: 1, data: "text");
        Assert.Equal(0, t.Script.Count(Counter.EceReceived));
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.5")]
    public void What_goes_out_again_cannot_be_marked_and_says_nothing_of_a_reduction()
    {
        var t = new EcnScript();
        t.Send(4);
        t.Script.PassMilliseconds(300);
        var again = t.Sent();
        Assert.NotEmpty(again);
        Assert.All(again, s => Assert.Equal((NotCapable, Ack), (s.TrafficClass, s.Header.Flags & ~TcpFlags.Psh)));

        // RFC 3168 section 6.1.2: CWR tells of any reduction, also of one for a loss.
        t.Script.Inject(Ack, seq: 1, ack: 4001);
        var next = Assert.Single(t.Send(1));
        Assert.Equal((Capable, Ack | Cwr), (next.TrafficClass, next.Header.Flags & ~TcpFlags.Psh));
    }

    [Fact]
    public void While_a_loss_is_repaired_an_echo_reduces_nothing_more()
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
    public void An_ACK_a_probe_and_a_FIN_alone_cannot_be_marked()
    {
        var t = new EcnScript();
        t.Data(Ack, seq: 1, "text");
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
    public void A_segment_with_CWR_is_not_one_of_several_in_a_frame()
    {
        var t = new EcnScript(link: new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        t.Send(8);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 8001);
        t.Script.Host.SuperSegments.Clear();
        var sent = t.Send(4);
        Assert.Equal([true, false, false, false], sent.Select(s => s.Header.Flags.HasFlag(Cwr)));
        Assert.Equal([(3000, 1000)], t.Script.Host.SuperSegments);
        Assert.All(sent, s => Assert.Equal(Capable, s.TrafficClass));
    }

    [Fact]
    public void An_echo_lets_out_no_more_than_it_leaves_of_the_window_however_large_the_last_reduction_left_it()
    {
        var t = new EcnScript();
        t.Send(200);
        for (var ack = 1001u; ack <= 10_001; ack += 1000)
            t.Script.Inject(Ack, seq: 1, ack: ack);
        t.Script.Inject(Ack | Ece, seq: 1, ack: 11_001);
        t.Script.Inject(Ack, seq: 1, ack: 12_001);
        // A timeout, and slow start after it.
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

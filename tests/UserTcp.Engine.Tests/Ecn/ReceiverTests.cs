using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Ecn;

/// <summary>A mark that comes is echoed with every ACK until the peer has heard (RFC 3168 section 6.1.3).</summary>
[Trait("RFC", "3168 section 6.1.3")]
public sealed class ReceiverTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Ece = TcpFlags.Ece;
    private const TcpFlags Cwr = TcpFlags.Cwr;

    [Theory]
    [MemberData(nameof(Corners.All), MemberType = typeof(Corners))]
    public void A_mark_is_echoed_at_once_and_on_all_ACKs_until_CWR(string family, uint iss, uint irs)
    {
        var t = new EcnScript(family, irs, iss);
        t.Data(Ack, seq: 1, "one");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 4);

        t.WithCe(Ack, seq: 4, "two");
        t.Script.Expect(Ack | Ece, ack: 7, length: 0);
        t.Script.Send("ours");
        t.Script.Expect(Ack | Ece, ack: 7, data: "ours");
        t.Data(Ack, seq: 7, "three");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack | Ece, ack: 12);

        t.Data(Ack | Cwr, seq: 12, "four");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 16);
        t.Script.ExpectNothing();
        Assert.Equal((1, "onetwothreefour"), (t.Script.Count(Counter.CeReceived), t.Script.Read()));
    }

    [Fact]
    public void CWR_on_a_packet_that_is_marked_begins_the_echo_anew()
    {
        var t = new EcnScript();
        t.WithCe(Ack, seq: 1, "one");
        t.Script.Expect(Ack | Ece, ack: 4);
        t.WithCe(Ack | Cwr, seq: 4, "two");
        t.Script.Expect(Ack | Ece, ack: 7);
        t.Data(Ack | Cwr, seq: 7, "three");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 12);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.5")]
    public void A_mark_on_what_is_outside_the_window_or_has_come_before_is_ignored()
    {
        var t = new EcnScript();
        t.Data(Ack, seq: 1, "text");
        t.Data(Ack, seq: 9, "beyond");
        t.Script.ExpectLast(Ack, ack: 5);
        t.WithCe(Ack, seq: 1, "text");
        t.Script.Expect(Ack, ack: 5);
        t.WithCe(Ack, seq: 100_000, "text");
        t.Script.Expect(Ack, ack: 5);
        t.WithCe(Ack, seq: 9, "beyond");
        t.Script.Expect(Ack, ack: 5);
        Assert.Equal(0, t.Script.Count(Counter.CeReceived));

        // What begins with what has come before, and goes on, is new.
        t.WithCe(Ack, seq: 9, "beyond and more");
        t.Script.Expect(Ack | Ece, ack: 5);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.4")]
    public void A_mark_on_a_packet_without_text_is_ignored()
    {
        var t = new EcnScript();
        t.WithCe(Ack, seq: 1, "");
        t.Data(Ack, seq: 1, "text");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 5);
    }

    [Fact]
    public void Where_it_is_not_agreed_a_mark_means_nothing()
    {
        var t = new EcnScript();
        t.Script.Connection.Ecn.Ok = false;
        t.WithCe(Ack, seq: 1, "text");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 5);
    }
}

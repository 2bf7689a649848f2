using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>CE is echoed with ECE on every ACK until CWR (RFC 3168 section 6.1.3).</summary>
[Trait("RFC", "3168 section 6.1.3")]
public sealed class EcnReceiverTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Ece = TcpFlags.Ece;
    private const TcpFlags Cwr = TcpFlags.Cwr;

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void CE_is_echoed_at_once_and_on_all_ACKs_until_CWR(string family, uint iss, uint irs)
    {
        var t = new EcnScript(family, irs, iss);
        t.Inject(Ack, seq: 1, "one");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 4);

        t.InjectCe(Ack, seq: 4, "two");
        t.Script.Expect(Ack | Ece, ack: 7, length: 0);
        t.Script.Send("ours");
        t.Script.Expect(Ack | Ece, ack: 7, data: "ours");
        t.Inject(Ack, seq: 7, "three");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack | Ece, ack: 12);

        t.Inject(Ack | Cwr, seq: 12, "four");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 16);
        t.Script.ExpectNothing();
        Assert.Equal((1, "onetwothreefour"), (t.Script.Count(Counter.CeReceived), t.Script.Read()));
    }

    [Fact]
    public void CWR_on_a_CE_packet_restarts_the_echo()
    {
        var t = new EcnScript();
        t.InjectCe(Ack, seq: 1, "one");
        t.Script.Expect(Ack | Ece, ack: 4);
        t.InjectCe(Ack | Cwr, seq: 4, "two");
        t.Script.Expect(Ack | Ece, ack: 7);
        t.Inject(Ack | Cwr, seq: 7, "three");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 12);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.5")]
    public void CE_on_an_unacceptable_or_duplicate_segment_is_ignored()
    {
        var t = new EcnScript();
        t.Inject(Ack, seq: 1, "data");
        t.Inject(Ack, seq: 9, "beyond");
        t.Script.ExpectLast(Ack, ack: 5);
        t.InjectCe(Ack, seq: 1, "data");
        t.Script.Expect(Ack, ack: 5);
        t.InjectCe(Ack, seq: 100_000, "data");
        t.Script.Expect(Ack, ack: 5);
        t.InjectCe(Ack, seq: 9, "beyond");
        t.Script.Expect(Ack, ack: 5);
        Assert.Equal(0, t.Script.Count(Counter.CeReceived));

        // A segment that starts with old bytes and ends with new ones counts.
        t.InjectCe(Ack, seq: 9, "beyond and more");
        t.Script.Expect(Ack | Ece, ack: 5);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.4")]
    public void CE_on_a_packet_without_data_is_ignored()
    {
        var t = new EcnScript();
        t.InjectCe(Ack, seq: 1, "");
        t.Inject(Ack, seq: 1, "data");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 5);
    }

    [Fact]
    public void CE_without_negotiation_is_ignored()
    {
        var t = new EcnScript();
        t.Script.Connection.Ecn.Ok = false;
        t.InjectCe(Ack, seq: 1, "data");
        t.Script.PassMilliseconds(40);
        t.Script.Expect(Ack, ack: 5);
    }
}

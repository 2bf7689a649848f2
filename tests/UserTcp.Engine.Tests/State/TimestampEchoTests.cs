using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>TS.Recent: which timestamp is echoed (RFC 7323 sections 4.3 and 5.3, R3).</summary>
[Trait("RFC", "7323 section 4.3")]
public class TimestampEchoTests
{
    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void A_delayed_ACK_echoes_the_first_segment_that_it_acknowledges(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2, data: "a");
        t.Inject(TcpFlags.Ack, seq: 2, ack: 1, value: 3, data: "b");
        t.Inject(TcpFlags.Ack, seq: 3, ack: 1, value: 4, data: "c");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 4, echo: 2);
        t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: 5, data: "d");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 5, echo: 5);
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void A_segment_after_a_gap_is_not_echoed_and_one_that_fills_it_is(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        // Figure of section 4.3: A is received, B is lost, C and D are received, then the retransmission of B.
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2, data: "a");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 2, echo: 2);
        t.Inject(TcpFlags.Ack, seq: 3, ack: 1, value: 4, data: "c");
        t.Expect(TcpFlags.Ack, ack: 2, echo: 2);
        t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: 5, data: "d");
        t.Expect(TcpFlags.Ack, ack: 2, echo: 2);
        t.Inject(TcpFlags.Ack, seq: 2, ack: 1, value: 3, data: "b");
        t.Expect(TcpFlags.Ack, ack: 5, echo: 3);
        Assert.Equal("abcd", t.Script.Read());
    }

    [Fact]
    public void A_duplicate_segment_with_a_later_timestamp_is_echoed()
    {
        var t = new TimestampScript().Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2, data: "a");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 2, echo: 2);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 9, data: "ab");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 3, echo: 9);
    }

    [Fact]
    [Trait("RFC", "7323 section 5.2")]
    public void A_challenged_RST_changes_nothing()
    {
        var t = new TimestampScript().Accept();
        t.Inject(TcpFlags.Rst, seq: 2, value: 1000);
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
        Assert.Equal(t.PeerStart + 1, t.State.Recent);
    }

    [Theory]
    [InlineData(TcpFlags.Ack, 1u, 500_000u)]
    [InlineData(TcpFlags.Ack, 1u, uint.MaxValue - 100_000)]
    [InlineData(TcpFlags.Ack, 100_000_000u, 1u)]
    [InlineData(TcpFlags.Syn, 1u, 1u)]
    [InlineData(TcpFlags.None, 1u, 1u)]
    [Trait("RFC", "5961 section 5.2")]
    public void A_blind_attacker_cannot_advance_TS_Recent(TcpFlags flags, uint seq, uint ack)
    {
        var t = new TimestampScript().Accept();
        t.Inject(flags, seq: seq, ack: ack, value: int.MaxValue - 100, data: "forged");
        t.Script.Drain();
        Assert.Equal(t.PeerStart + 1, t.State.Recent);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2, data: "data");
        Assert.Equal("data", t.Script.Read());
    }
}

using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>
/// D-SACK generation (RFC 2883 section 4) with its examples; an ACK that an example loses is checked here.
/// </summary>
[Trait("RFC", "2883 section 4")]
public sealed class DuplicateSackTests
{
    public static TheoryData<uint> Corner => SackGenerationTests.Corner;

    [Theory, MemberData(nameof(Corner))]
    public void Example_1_a_duplicate_segment(uint irs)
    {
        var t = new SackScript(irs, first: 3000);
        t.Inject(3000, 3500);
        t.Inject(3500, 4000);
        t.Script.Drain();
        t.InjectAndExpect(3000, 3500, ack: 4000, "3000-3500");
        // Once only.
        t.Script.Inject(TcpFlags.Ack, seq: 200_000, ack: 1, data: "outside");
        t.ExpectAck(4000, "");
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Example_2_a_segment_out_of_order_and_a_duplicate(uint irs)
    {
        var t = new SackScript(irs, first: 3000);
        t.Inject(3000, 3500);
        t.Inject(3500, 4000);
        t.Script.Drain();
        t.InjectAndExpect(4500, 5000, ack: 4000, "4500-5000");
        t.InjectAndExpect(3000, 3500, ack: 4000, "3000-3500 4500-5000");
    }

    [Theory, MemberData(nameof(Corner))]
    public void Example_3_a_duplicate_of_a_segment_out_of_order(uint irs)
    {
        var t = new SackScript(irs, first: 3500);
        t.Inject(3500, 4000);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(4000, "");
        t.InjectAndExpect(4500, 5000, ack: 4000, "4500-5000");
        t.InjectAndExpect(5000, 5500, ack: 4000, "4500-5500");
        t.InjectAndExpect(5000, 5500, ack: 4000, "5000-5500 4500-5500");
        t.InjectAndExpect(4000, 4500, ack: 5500, "");
        t.AssertReads(3500, 5500);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Example_4_a_duplicate_part(uint irs)
    {
        var t = new SackScript(irs, first: 500);
        t.Inject(500, 1000);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(1000, "");
        t.InjectAndExpect(2000, 2500, ack: 1000, "2000-2500");
        t.InjectAndExpect(1000, 1500, ack: 1500, "2000-2500");
        t.InjectAndExpect(1000, 2000, ack: 2500, "1000-1500");
        t.AssertReads(500, 2500);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Example_5_two_duplicate_parts_that_the_ACK_covers(uint irs)
    {
        var t = new SackScript(irs, first: 500);
        t.Inject(500, 1000);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(1000, "");
        t.InjectAndExpect(3000, 3500, ack: 1000, "3000-3500");
        t.InjectAndExpect(1000, 1500, ack: 1500, "3000-3500");
        t.InjectAndExpect(2000, 2500, ack: 1500, "2000-2500 3000-3500");
        t.InjectAndExpect(1000, 2500, ack: 2500, "1000-1500 3000-3500");
        t.InjectAndExpect(2500, 3000, ack: 3500, "");
        t.AssertReads(500, 3500);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Example_6_two_duplicate_parts_that_the_ACK_does_not_cover(uint irs)
    {
        var t = new SackScript(irs, first: 500);
        t.Inject(500, 1000);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(1000, "");
        t.InjectAndExpect(3500, 4000, ack: 1000, "3500-4000");
        t.InjectAndExpect(1500, 2000, ack: 1000, "1500-2000 3500-4000");
        t.InjectAndExpect(2500, 3000, ack: 1000, "2500-3000 1500-2000 3500-4000");
        t.InjectAndExpect(1500, 3000, ack: 1000, "1500-2000 1500-3000 3500-4000");
    }

    [Theory, MemberData(nameof(Corner))]
    public void A_segment_that_fills_a_gap_and_overlaps_the_next_range(uint irs)
    {
        var t = new SackScript(irs, first: 1000);
        t.InjectAndExpect(1500, 2000, ack: 1000, "1500-2000");
        t.InjectAndExpect(1000, 2500, ack: 2500, "1500-2000");
        t.AssertReads(1000, 2500);
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void A_duplicate_inside_a_range_is_followed_by_the_range()
    {
        var t = new SackScript();
        t.InjectAndExpect(1001, 1501, ack: 1, "1001-1501");
        t.InjectAndExpect(1001, 1501, ack: 1, "1001-1501 1001-1501");
    }

    [Fact]
    public void Duplicates_in_one_batch_are_all_reported()
    {
        var t = new SackScript();
        t.Inject(1, 1001);
        t.Inject(1001, 2001);
        t.Inject(2001, 3001);
        t.Script.Drain();
        t.Script.InjectBatch(
            t.Script.Segment(TcpFlags.Ack, 1, 1, "four"), t.Script.Segment(TcpFlags.Ack, 5, 1, "more"),
            t.Script.Segment(TcpFlags.Ack, 2001, 1, "other"));
        Assert.Equal("1-9", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 3001).Options));
        t.ExpectAck(3001, "2001-2006");
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void A_partial_duplicate_is_acknowledged_at_once()
    {
        var t = new SackScript();
        t.Inject(1, 501);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(501, "");
        t.InjectAndExpect(401, 601, ack: 601, "401-501");
    }

    [Fact]
    public void A_duplicate_after_the_FIN_is_reported()
    {
        var t = new SackScript();
        t.Script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "last");
        t.ExpectAck(6, "");
        t.Script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "last");
        t.ExpectAck(6, "1-5");
    }

    [Theory]
    [InlineData(uint.MaxValue - 1000)]
    [InlineData(0x8000_0100u)]
    public void Data_before_the_peers_first_byte_is_no_duplicate(uint seq)
    {
        var t = new SackScript();
        t.Inject(1, 501);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(501, "");
        t.Script.Inject(TcpFlags.Ack, seq, ack: 1, data: "data");
        t.ExpectAck(501, "");
    }

    [Fact]
    public void A_keep_alive_is_no_duplicate()
    {
        var t = new SackScript();
        t.Inject(1, 501);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(501, "");
        t.Script.Inject(TcpFlags.Ack, seq: 500, ack: 1);
        t.ExpectAck(501, "");
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>SACK generation (RFC 2018 section 4), with the examples of section 7.</summary>
[Trait("RFC", "2018 section 4")]
public sealed class SackGenerationTests
{
    public static TheoryData<uint> Corner =>
        new(Isn.BeforeHalf, Isn.BeforeWrap, unchecked(Isn.BeforeHalf - 7000), unchecked(Isn.BeforeWrap - 7000));

    [Theory, MemberData(nameof(Corner))]
    public void Case_2_the_first_of_eight_is_lost(uint irs)
    {
        var t = new SackScript(irs, first: 5000);
        for (var end = 6000u; end <= 9000; end += 500)
            t.InjectAndExpect(end - 500, end, ack: 5000, $"5500-{end}");
        t.InjectAndExpect(5000, 5500, ack: 9000, "");
        t.AssertReads(5000, 9000);
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Case_3_every_other_of_eight_is_lost(uint irs)
    {
        var t = new SackScript(irs, first: 5000);
        t.Inject(5000, 5500);
        t.Script.PassMilliseconds(40);
        t.ExpectAck(5500, "");
        t.InjectAndExpect(6000, 6500, ack: 5500, "6000-6500");
        t.InjectAndExpect(7000, 7500, ack: 5500, "7000-7500 6000-6500");
        t.InjectAndExpect(8000, 8500, ack: 5500, "8000-8500 7000-7500 6000-6500");

        // The fourth segment arrives late, and then the second.
        t.InjectAndExpect(6500, 7000, ack: 5500, "6000-7500 8000-8500");
        t.InjectAndExpect(5500, 6000, ack: 7500, "8000-8500");
        t.InjectAndExpect(7500, 8000, ack: 8500, "");
        t.AssertReads(5000, 8500);
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void Four_blocks_fit_and_the_oldest_is_left_out()
    {
        var t = new SackScript();
        t.InjectAndExpect(1001, 1101, ack: 1, "1001-1101");
        t.InjectAndExpect(3001, 3101, ack: 1, "3001-3101 1001-1101");
        t.InjectAndExpect(2001, 2101, ack: 1, "2001-2101 3001-3101 1001-1101");
        t.InjectAndExpect(5001, 5101, ack: 1, "5001-5101 2001-2101 3001-3101 1001-1101");
        t.InjectAndExpect(4001, 4101, ack: 1, "4001-4101 5001-5101 2001-2101 3001-3101");
        t.InjectAndExpect(3101, 3201, ack: 1, "3001-3201 4001-4101 5001-5101 2001-2101");
    }

    [Fact]
    public void The_oldest_block_returns_when_a_merge_makes_room()
    {
        var t = new SackScript();
        foreach (var start in new uint[] { 1001, 2001, 2201, 2401, 2601 })
            t.Inject(start, start + 100);
        t.Script.Drain();
        t.InjectAndExpect(2101, 2201, ack: 1, "2001-2301 2601-2701 2401-2501 1001-1101");
    }

    [Fact]
    [Trait("RFC", "2018 section 3")]
    public void Three_blocks_fit_beside_timestamps()
    {
        var t = new TimestampScript(options: new EngineOptions { Sack = true }).Accept(sackPermitted: true);
        for (var i = 1u; i <= 5; i++)
        {
            t.Inject(TcpFlags.Ack, seq: 1 + (i * 100), ack: 1, value: 2, data: "data");
            var sent = t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
            Assert.Equal((int)Math.Min(i, 3), sent.Options.Sack.Count);
            Assert.Equal((t.Script.Irs + (1 + (i * 100))).Value, sent.Options.Sack[0].Left.Value);
        }
    }

    [Fact]
    [Trait("RFC", "2018 section 2")]
    public void Without_SACK_permitted_no_block_is_sent()
    {
        var t = new SackScript(permits: false);
        t.InjectAndExpect(1001, 1101, ack: 1, "");
        t.InjectAndExpect(1001, 1101, ack: 1, "");
        t.InjectAndExpect(1, 1001, ack: 1101, "");
        t.InjectAndExpect(1, 1001, ack: 1101, "");
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void Every_ACK_has_the_blocks()
    {
        var t = new SackScript();
        t.InjectAndExpect(1001, 1101, ack: 1, "1001-1101");
        t.Script.Inject(TcpFlags.Ack, seq: 200_000, ack: 1, data: "outside");
        t.ExpectAck(1, "1001-1101");
    }

    [Fact]
    public void A_data_segment_has_blocks_if_there_is_room()
    {
        var t = new SackScript();
        t.InjectAndExpect(1001, 1101, ack: 1, "1001-1101");
        t.Script.Send("data");
        Assert.Equal("1001-1101", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 1, data: "data").Options));
        t.Script.ExpectNothing();
    }

    [Fact]
    public void A_full_segment_has_no_room_for_blocks_and_an_ACK_follows()
    {
        var t = new SackScript();
        var full = t.Script.Segment(TcpFlags.Ack, seq: 1001, ack: 1, data: "beyond");
        t.Script.Engine.Send(t.Script.Connection, t.Script.Host.Chain(new byte[1460]), t.Script.Now);
        t.Script.InjectBatch(full);
        Assert.Equal("", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 1, length: 1460).Options));
        t.ExpectAck(1, "1001-1007");
    }

    [Fact]
    public void A_segment_with_data_and_blocks_fits_the_MTU()
    {
        var t = new SackScript();
        for (var i = 1u; i <= 4; i++)
            t.Inject(i * 1000, (i * 1000) + 100);
        t.Script.Drain();
        t.Script.Send(new byte[1440]);
        var sent = t.Script.Expect(TcpFlags.Ack, length: 1440);
        Assert.Equal("4000-4100 3000-3100", t.Blocks(sent.Options));
    }

    [Fact]
    public void An_ACK_with_blocks_fits_the_min_MTU()
    {
        var s = new Script(
            new EngineOptions { Sack = true }, link: new LinkProperties(68), cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, 0, options: new TcpOptions { Mss = 28, SackPermitted = true });
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        for (var i = 1u; i <= 4; i++)
        {
            s.Inject(TcpFlags.Ack, seq: 1 + (i * 10), ack: 1, data: "data");
            Assert.Equal((int)Math.Min(i, 3), s.Expect(TcpFlags.Ack, ack: 1).Options.Sack.Count);
        }
    }

    [Fact]
    public void Data_dropped_at_a_limit_is_not_reported()
    {
        var t = new SackScript(options: new EngineOptions { MaxOutOfOrderRanges = 2 });
        t.InjectAndExpect(1001, 1101, ack: 1, "1001-1101");
        t.InjectAndExpect(3001, 3101, ack: 1, "3001-3101 1001-1101");
        t.InjectAndExpect(2001, 2101, ack: 1, "3001-3101 1001-1101");
        t.InjectAndExpect(1101, 1201, ack: 1, "1001-1201 3001-3101");
    }

    [Fact]
    [Trait("RFC", "2018 section 8")]
    public void Data_dropped_for_lack_of_memory_is_no_longer_reported()
    {
        var t = WithoutMemory();
        t.Script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        t.Script.Inject(TcpFlags.Ack, seq: 5, ack: 1, data: "wait");
        Assert.Equal(1, t.Script.Count(Counter.DroppedMemory));
        Assert.Equal("", t.Blocks(t.Script.ExpectLast(TcpFlags.Ack, ack: 5).Options));
    }

    [Fact]
    [Trait("RFC", "2883 section 4")]
    public void Data_dropped_for_lack_of_memory_draws_no_D_SACK()
    {
        var t = WithoutMemory();
        var duplicate = t.Script.Segment(TcpFlags.Ack, seq: 1001, ack: 1, data: new string('a', 100));
        var next = t.Script.Segment(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        // Both arrive before anything is sent.
        t.Script.Host.Receive(duplicate, t.Script.Now);
        t.Script.Host.Receive(next, t.Script.Now);
        Assert.Equal("", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 5).Options));
    }

    /// <summary>A connection that holds one range, at the memory limit.</summary>
    private static SackScript WithoutMemory()
    {
        var t = new SackScript(options: new EngineOptions { MaxMemory = 1 << 20 });
        t.InjectAndExpect(1001, 1101, ack: 1, "1001-1101");
        t.Script.Send(new byte[1 << 20]);
        t.Script.Drain();
        return t;
    }

    [Fact]
    public void Data_beyond_a_FIN_is_no_longer_reported()
    {
        var t = new SackScript();
        t.InjectAndExpect(1001, 1201, ack: 1, "1001-1201");
        t.InjectAndExpect(2001, 2101, ack: 1, "2001-2101 1001-1201");
        t.Script.InjectBytes(TcpFlags.Fin | TcpFlags.Ack, seq: 1050, ack: 1, new byte[50]);
        t.ExpectAck(1, "1050-1100 1001-1100");
        t.InjectAndExpect(1, 1001, ack: 1101, "");
    }
}

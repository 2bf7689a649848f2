using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Tests.Timestamps;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Sack;

/// <summary>Which blocks an ACK has (RFC 2018 section 4), with the examples of its section 7.</summary>
[Trait("RFC", "2018 section 4")]
public sealed class SackGenerationTests
{
    public static TheoryData<uint> Corner => new(Isn.NearHalf, Isn.NearEnd, unchecked(Isn.NearHalf - 7000), unchecked(Isn.NearEnd - 7000));

    [Theory, MemberData(nameof(Corner))]
    public void Case_2_the_first_of_eight_is_lost(uint irs)
    {
        var t = new SackScript(irs, first: 5000);
        for (var end = 6000u; end <= 9000; end += 500)
            t.Receives(end - 500, end, ack: 5000, $"5500-{end}");
        t.Receives(5000, 5500, ack: 9000, "");
        t.Reads(5000, 9000);
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Theory, MemberData(nameof(Corner))]
    public void Case_3_every_second_of_eight_is_lost(uint irs)
    {
        var t = new SackScript(irs, first: 5000);
        t.Arrives(5000, 5500);
        t.Script.PassMilliseconds(40);
        t.Answers(5500, "");
        t.Receives(6000, 6500, ack: 5500, "6000-6500");
        t.Receives(7000, 7500, ack: 5500, "7000-7500 6000-6500");
        t.Receives(8000, 8500, ack: 5500, "8000-8500 7000-7500 6000-6500");

        // The fourth segment comes late, and then the second.
        t.Receives(6500, 7000, ack: 5500, "6000-7500 8000-8500");
        t.Receives(5500, 6000, ack: 7500, "8000-8500");
        t.Receives(7500, 8000, ack: 8500, "");
        t.Reads(5000, 8500);
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void Four_blocks_fit_and_the_one_longest_not_reported_makes_room()
    {
        var t = new SackScript();
        t.Receives(1001, 1101, ack: 1, "1001-1101");
        t.Receives(3001, 3101, ack: 1, "3001-3101 1001-1101");
        t.Receives(2001, 2101, ack: 1, "2001-2101 3001-3101 1001-1101");
        t.Receives(5001, 5101, ack: 1, "5001-5101 2001-2101 3001-3101 1001-1101");
        t.Receives(4001, 4101, ack: 1, "4001-4101 5001-5101 2001-2101 3001-3101");
        t.Receives(3101, 3201, ack: 1, "3001-3201 4001-4101 5001-5101 2001-2101");
    }

    [Fact]
    public void What_has_not_been_reported_for_long_fills_the_room_that_merging_leaves()
    {
        var t = new SackScript();
        foreach (var start in new uint[] { 1001, 2001, 2201, 2401, 2601 })
            t.Arrives(start, start + 100);
        t.Script.Drain();
        t.Receives(2101, 2201, ack: 1, "2001-2301 2601-2701 2401-2501 1001-1101");
    }

    [Fact]
    [Trait("RFC", "2018 section 3")]
    public void Beside_timestamps_three_blocks_fit()
    {
        var t = new Stamped(options: new EngineOptions { Sack = true });
        t.Script.Listen();
        var stamp = new TcpTimestamps(t.PeerStart, 0);
        t.Script.Inject(TcpFlags.Syn, 0, options: new TcpOptions { Mss = 1460, SackPermitted = true, Timestamps = stamp });
        t.Expect(TcpFlags.Syn | TcpFlags.Ack);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 1);
        t.Script.AcceptWaiting();
        for (var i = 1u; i <= 5; i++)
        {
            t.Inject(TcpFlags.Ack, seq: 1 + (i * 100), ack: 1, value: 2, data: "text");
            var sent = t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
            Assert.Equal((int)Math.Min(i, 3), sent.Options.Sack.Count);
            Assert.Equal((t.Script.Irs + (1 + (i * 100))).Value, sent.Options.Sack[0].Left.Value);
        }
    }

    [Fact]
    [Trait("RFC", "2018 section 2")]
    public void Nothing_is_reported_to_a_peer_that_does_not_permit_it()
    {
        var t = new SackScript(permits: false);
        t.Receives(1001, 1101, ack: 1, "");
        t.Receives(1001, 1101, ack: 1, "");
        t.Receives(1, 1001, ack: 1101, "");
        t.Receives(1, 1001, ack: 1101, "");
        Assert.Null(t.Script.Connection.SackGenerator);
    }

    [Fact]
    public void An_ACK_without_a_new_arrival_reports_too()
    {
        var t = new SackScript();
        t.Receives(1001, 1101, ack: 1, "1001-1101");
        t.Script.Inject(TcpFlags.Ack, seq: 200_000, ack: 1, data: "outside");
        t.Answers(1, "1001-1101");
    }

    [Fact]
    public void Text_of_ours_reports_where_there_is_room_for_a_block()
    {
        var t = new SackScript();
        t.Receives(1001, 1101, ack: 1, "1001-1101");
        t.Script.Send("text");
        Assert.Equal("1001-1101", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 1, data: "text").Options));
        t.Script.ExpectNothing();
    }

    [Fact]
    public void Beside_a_full_segment_there_is_no_room_and_the_ACK_follows()
    {
        var t = new SackScript();
        var text = t.Script.Segment(TcpFlags.Ack, seq: 1001, ack: 1, data: "beyond");
        t.Script.Engine.Send(t.Script.Connection, t.Script.Host.Chain(new byte[1460]), t.Script.Now);
        t.Script.InjectBatch(text);
        Assert.Equal("", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 1, length: 1460).Options));
        t.Answers(1, "1001-1007");
    }

    [Fact]
    public void A_segment_with_text_and_blocks_is_no_longer_than_the_link_carries()
    {
        var t = new SackScript();
        for (var i = 1u; i <= 4; i++)
            t.Arrives(i * 1000, (i * 1000) + 100);
        t.Script.Drain();
        t.Script.Send(new byte[1440]);
        var sent = t.Script.Expect(TcpFlags.Ack, length: 1440);
        Assert.Equal("4000-4100 3000-3100", t.Blocks(sent.Options));
    }

    [Fact]
    public void An_ACK_with_blocks_is_no_longer_than_the_smallest_link_carries()
    {
        var s = new Script(new EngineOptions { Sack = true }, link: new LinkProperties(68), cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, 0, options: new TcpOptions { Mss = 28, SackPermitted = true });
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        for (var i = 1u; i <= 4; i++)
        {
            s.Inject(TcpFlags.Ack, seq: 1 + (i * 10), ack: 1, data: "text");
            Assert.Equal((int)Math.Min(i, 3), s.Expect(TcpFlags.Ack, ack: 1).Options.Sack.Count);
        }
    }

    [Fact]
    public void What_a_limit_drops_is_not_reported()
    {
        var t = new SackScript(options: new EngineOptions { MaxOutOfOrderRanges = 2 });
        t.Receives(1001, 1101, ack: 1, "1001-1101");
        t.Receives(3001, 3101, ack: 1, "3001-3101 1001-1101");
        t.Receives(2001, 2101, ack: 1, "3001-3101 1001-1101");
        t.Receives(1101, 1201, ack: 1, "1001-1201 3001-3101");
    }

    [Fact]
    [Trait("RFC", "2018 section 8")]
    public void What_is_dropped_for_want_of_memory_is_not_reported_any_more()
    {
        var t = WithoutMemory();
        t.Script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        t.Script.Inject(TcpFlags.Ack, seq: 5, ack: 1, data: "wait");
        Assert.Equal(1, t.Script.Count(Counter.DroppedMemory));
        Assert.Equal("", t.Blocks(t.Script.ExpectLast(TcpFlags.Ack, ack: 5).Options));
    }

    [Fact]
    [Trait("RFC", "2883 section 4")]
    public void Nor_that_it_came_twice_which_would_say_that_it_is_held()
    {
        var t = WithoutMemory();
        var again = t.Script.Segment(TcpFlags.Ack, seq: 1001, ack: 1, data: new string('a', 100));
        var next = t.Script.Segment(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        // Both before anything goes out.
        t.Script.Host.Receive(again, t.Script.Now);
        t.Script.Host.Receive(next, t.Script.Now);
        Assert.Equal("", t.Blocks(t.Script.Expect(TcpFlags.Ack, ack: 5).Options));
    }

    /// <summary>One run is held, and then no memory is left.</summary>
    private static SackScript WithoutMemory()
    {
        var t = new SackScript(options: new EngineOptions { MaxMemory = 1 << 20 });
        t.Receives(1001, 1101, ack: 1, "1001-1101");
        t.Script.Send(new byte[1 << 20]);
        t.Script.Drain();
        return t;
    }

    [Fact]
    public void Text_behind_a_FIN_is_not_reported_any_more()
    {
        var t = new SackScript();
        t.Receives(1001, 1201, ack: 1, "1001-1201");
        t.Receives(2001, 2101, ack: 1, "2001-2101 1001-1201");
        t.Script.InjectBytes(TcpFlags.Fin | TcpFlags.Ack, seq: 1050, ack: 1, new byte[50]);
        t.Answers(1, "1050-1100 1001-1100");
        t.Receives(1, 1001, ack: 1101, "");
    }
}

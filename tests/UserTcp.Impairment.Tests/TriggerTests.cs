using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>A trigger strikes the packets that it names, once in each connection, and no others.</summary>
public class TriggerTests
{
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;
    private const byte Ect = 2;

    [Theory]
    [InlineData("drop=data:3", "1 2 4 5 6")]
    [InlineData("drop=data:3-5", "1 2 6")]
    [InlineData("drop=data:3-", "1 2")]
    [InlineData("drop=data:2/2", "1 3 5")]
    [InlineData("drop=seq:301", "1 2 3 5 6")]
    [InlineData("drop=data:2,drop=data:4", "1 3 5 6")]
    [InlineData("drop=syn:1", "1 2 3 4 5 6")]
    public void A_number_names_the_packets_that_are_lost(string trigger, string arrived)
    {
        var link = Open(trigger);

        for (var i = 1; i <= 6; i++)
            link.Offer(Data(i), MonotonicTime.Zero);

        Assert.Equal(arrived, Arrived(link));
    }

    [Fact]
    public void Retransmissions_are_numbered_too()
    {
        var link = Open("drop=data:3");

        foreach (var number in new[] { 1, 2, 1, 3 })
            link.Offer(Data(number), MonotonicTime.Zero);

        Assert.Equal("1 2 3", Arrived(link));
    }

    [Fact]
    public void The_retransmission_of_a_lost_segment_can_be_lost_too()
    {
        var link = Open("drop=data:2,drop=retransmission:1");

        foreach (var number in new[] { 1, 2, 3, 2, 2 })
            link.Offer(Data(number), MonotonicTime.Zero);

        Assert.Equal("1 3 2", Arrived(link));
    }

    [Fact]
    public void A_sequence_number_names_the_first_transmission()
    {
        var link = Open("drop=seq:101");

        foreach (var number in new[] { 1, 2, 2 })
            link.Offer(Data(number), MonotonicTime.Zero);

        Assert.Equal("1 2", Arrived(link));
        Assert.Equal(1, Assert.Single(link.TriggerCounts).Struck);
    }

    [Fact]
    public void Each_connection_is_struck_once()
    {
        var link = Link("drop=fin:1");
        foreach (var port in new[] { 40_000, 40_001 })
        {
            foreach (var isn in new uint[] { 0, 5_000 })
            {
                link.Offer(Frames.Segment(true, TcpFlags.Syn, isn, clientPort: port), MonotonicTime.Zero);
                link.Offer(Frames.Segment(true, FinAck, isn + 1, clientPort: port), MonotonicTime.Zero);
                link.Offer(Frames.Segment(true, FinAck, isn + 1, clientPort: port), MonotonicTime.Zero);
            }
        }

        Assert.Equal((12, 4), (link.Counters.Packets, link.Counters.Lost));
        Assert.Equal(new LinkTriggerCount(link.Impairment.Triggers[0], 4, 4), Assert.Single(link.TriggerCounts));
    }

    [Fact]
    public void With_one_impairment_for_both_directions_a_trigger_counts_them_together()
    {
        var (there, back) = Pair(LinkImpairment.Parse("drop=fin:1"));

        back.Offer(Frames.Segment(false, FinAck, 1), MonotonicTime.Zero);
        there.Offer(Frames.Segment(true, FinAck, 1), MonotonicTime.Zero);

        Assert.Equal((0, 1), (there.Counters.Lost, back.Counters.Lost));
        Assert.Equal(1, Assert.Single(there.TriggerCounts).Struck);
    }

    [Fact]
    public void With_two_impairments_each_direction_counts_its_own_packets()
    {
        var (there, back) = Pair(LinkImpairment.Parse("drop=fin:1"), LinkImpairment.Parse("drop=fin:1"));

        back.Offer(Frames.Segment(false, FinAck, 1), MonotonicTime.Zero);
        there.Offer(Frames.Segment(true, FinAck, 1), MonotonicTime.Zero);

        Assert.Equal((1, 1), (there.Counters.Lost, back.Counters.Lost));
        Assert.Equal([1, 1], there.TriggerCounts.Select(count => count.Struck));
    }

    [Theory]
    [InlineData("drop=fin:1:from-stack", 1, 0)]
    [InlineData("drop=fin:1:to-stack", 0, 1)]
    [InlineData("drop=fin:1:to-stack,drop=fin:1:from-stack", 1, 1)]
    public void A_direction_limits_what_a_trigger_counts(string impairment, int lostThere, int lostBack)
    {
        var (there, back) = Pair(LinkImpairment.Parse(impairment));

        for (var repeat = 0; repeat < 2; repeat++)
        {
            back.Offer(Frames.Segment(false, FinAck, 1), MonotonicTime.Zero);
            there.Offer(Frames.Segment(true, FinAck, 1), MonotonicTime.Zero);
        }

        Assert.Equal((lostThere, lostBack), (there.Counters.Lost, back.Counters.Lost));
    }

    [Fact]
    public void The_ACK_of_a_FIN_is_found_though_only_its_direction_has_the_trigger()
    {
        var (there, back) = Pair(LinkImpairment.Parse("drop=ack-of-fin:1"), LinkImpairment.None);

        back.Offer(Frames.Segment(false, FinAck, 99), MonotonicTime.Zero);
        there.Offer(Frames.Segment(true, TcpFlags.Ack, 1, ack: 99), MonotonicTime.Zero);
        there.Offer(Frames.Segment(true, TcpFlags.Ack, 1, ack: 100), MonotonicTime.Zero);
        there.Offer(Frames.Segment(true, TcpFlags.Ack, 1, ack: 100), MonotonicTime.Zero);

        Assert.Equal((1, 0), (there.Counters.Lost, back.Counters.Lost));
    }

    [Theory]
    [InlineData("hold=data:2:5ms", 5)]
    [InlineData("reorder=data:2", 20)]
    [InlineData("reorder=data:2,reorderdelay=7ms", 7)]
    public void A_held_packet_arrives_later_and_those_behind_it_do_not_wait(string impairment, int milliseconds)
    {
        var link = Open(impairment);
        for (var i = 1; i <= 3; i++)
            link.Offer(Data(i), MonotonicTime.Zero);

        Assert.Equal("1 3", Arrived(link, MonotonicTime.Zero + TimeSpan.FromMilliseconds(milliseconds - 1)));
        Assert.Equal("2", Arrived(link, MonotonicTime.Zero + TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void A_duplicate_arrives_right_behind_its_original()
    {
        var link = Open("dup=data:2,delay=1ms");
        for (var i = 1; i <= 3; i++)
            link.Offer(Data(i), MonotonicTime.Zero);

        Assert.Equal("1 2 2 3", Arrived(link));
    }

    [Fact]
    public void A_corrupted_packet_has_a_wrong_checksum()
    {
        var link = Open("corrupt=data:2");
        var good = 0;
        for (var i = 1; i <= 3; i++)
        {
            link.Offer(Data(i), MonotonicTime.Zero);
            while (link.TryDequeue(MonotonicTime.Zero, out var frame))
                good += Corruption.HasValidChecksums(frame) ? 1 : 0;
        }

        Assert.Equal((1, 2), (link.Counters.Corrupted, good));
    }

    [Fact]
    public void A_mark_sets_CE_on_a_packet_that_is_ECN_capable()
    {
        var link = Open("mark=data:2");
        for (var i = 1; i <= 3; i++)
            link.Offer(Data(i, Ect), MonotonicTime.Zero);

        var fields = new List<int>();
        while (link.TryDequeue(MonotonicTime.Zero, out var frame))
            fields.Add(frame[1] & 3);
        Assert.Equal([2, 3, 2], fields);
        Assert.Equal(1, link.Counters.CongestionExperienced);
    }

    [Fact]
    public void A_packet_that_is_not_ECN_capable_is_not_marked_and_that_is_a_problem()
    {
        var link = Open("mark=data:2");
        for (var i = 1; i <= 3; i++)
            link.Offer(Data(i), MonotonicTime.Zero);

        Assert.Equal("1 2 3", Arrived(link));
        Assert.Equal(
            "the trigger mark=data:2 matched a packet, but marked none: it was not ECN-capable",
            Assert.Single(link.TriggerCounts).Problem);
    }

    [Fact]
    public void A_trigger_without_a_packet_is_a_problem()
    {
        var link = Open("drop=rst:1,drop=data:1,hold=data:1:1ms");
        link.Offer(Data(1), MonotonicTime.Zero);

        Assert.Equal(
            [
                "the trigger drop=rst:1 never matched a packet", null,
                "the trigger hold=data:1:1ms matched a packet, but did nothing: another trigger or a limit of the link "
                + "came first",
            ],
            link.TriggerCounts.Select(count => count.Problem));
    }

    [Fact]
    public void A_packet_that_is_struck_has_no_fault_by_chance()
    {
        var link = Open("loss=100%,hold=data:2:1ms");
        for (var i = 1; i <= 3; i++)
            link.Offer(Data(i), MonotonicTime.Zero);

        Assert.Equal("2", Arrived(link));
    }

    [Theory]
    [InlineData("loss=20%,burst=2%,seed=7")]
    [InlineData("dup=10%,corrupt=5%,reorder=10%,replay=2%,seed=11")]
    public void A_trigger_changes_the_fate_of_no_other_packet(string chances)
    {
        var without = Fates(chances);
        var with = Fates(chances + ",drop=data:100");

        Assert.NotEmpty(without);
        Assert.Equal(without.Where(fault => fault.Packet != 99), with.Where(fault => fault.Packet != 99));
        Assert.Equal([new Fault(0, 99, FaultKind.Loss, 0)], with.Where(fault => fault.Packet == 99));
    }

    [Fact]
    public void What_triggers_did_can_be_repeated_from_the_log()
    {
        var log = Fates("loss=5%,drop=data:3,hold=data:4:2ms,dup=data:5,mark=data:6,seed=7", Ect);

        var again = new List<Fault>();
        Carry(new ImpairedLink(LinkImpairment.Parse("loss=5%,drop=data:8,seed=7"), 0, log) { FaultLog = again }, Ect);

        Assert.Contains(log, fault => fault.Kind == FaultKind.Mark);
        Assert.Equal(log, again);
    }

    [Fact]
    public void Triggers_that_are_set_later_count_from_then_on()
    {
        var link = Open("");
        link.Offer(Data(1), MonotonicTime.Zero);

        link.Impairment = LinkImpairment.Parse("drop=data:1");
        link.Offer(Data(2), MonotonicTime.Zero);
        link.Impairment = link.Impairment with { Delay = TimeSpan.FromMilliseconds(1) };
        link.Offer(Data(3), MonotonicTime.Zero);

        Assert.Equal("1 3", Arrived(link));
    }

    [Fact]
    public void A_healed_link_strikes_nothing()
    {
        var link = Open("drop=data:1");
        link.IsHealed = true;
        link.Offer(Data(1), MonotonicTime.Zero);

        Assert.Equal("1", Arrived(link));
    }

    [Fact]
    public void A_trigger_allocates_nothing_for_a_packet_of_a_known_connection()
    {
        var link = Open("drop=data:5/7,hold=retransmission:2:1ms");
        var frame = Data(1);
        var now = MonotonicTime.Zero;

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                link.Offer(frame, now);
                now += TimeSpan.FromMilliseconds(2);
                while (link.TryDequeue(now, out var arrived))
                    link.Return(arrived);
            }
        }));
    }

    private static ImpairedLink Link(string impairment) => ImpairedLink.ForFlows(LinkImpairment.Parse(impairment), 0);

    /// <summary>A link that has seen the SYN.</summary>
    private static ImpairedLink Open(string impairment)
    {
        var link = Link(impairment);
        link.Offer(Frames.Segment(true, TcpFlags.Syn, uint.MaxValue), MonotonicTime.Zero);
        while (link.TryDequeue(MonotonicTime.Never, out var frame))
            link.Return(frame);
        return link;
    }

    private static (ImpairedLink There, ImpairedLink Back) Pair(LinkImpairment there, LinkImpairment? back = null)
    {
        var (first, second) = (new ImpairedLink(there, 0), new ImpairedLink(back ?? there, 1));
        first.PairWith(second);
        return (first, second);
    }

    /// <summary>The n-th of several segments with 100 bytes each, from 1.</summary>
    private static byte[] Data(int number, byte ecn = 0) =>
        Frames.Segment(true, TcpFlags.Ack, (uint)(number - 1) * 100, data: 100, ecn: ecn);

    /// <summary>The numbers of the data segments that have arrived.</summary>
    private static string Arrived(ImpairedLink link, MonotonicTime? by = null)
    {
        var numbers = new List<int>();
        while (link.TryDequeue(by ?? MonotonicTime.Never, out var frame))
        {
            numbers.Add((Frames.SeqOf(frame) / 100) + 1);
            link.Return(frame);
        }

        return string.Join(' ', numbers);
    }

    private static List<Fault> Fates(string impairment, byte ecn = 0)
    {
        var log = new List<Fault>();
        Carry(new ImpairedLink(LinkImpairment.Parse(impairment), 0) { FaultLog = log }, ecn);
        return log;
    }

    private static void Carry(ImpairedLink link, byte ecn)
    {
        for (var i = 1; i <= 500; i++)
            link.Offer(Data(i, ecn), MonotonicTime.Zero);
    }
}

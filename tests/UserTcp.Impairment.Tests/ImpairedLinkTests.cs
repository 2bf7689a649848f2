using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>Each kind of fault: its frequency, its effect, and its independence of other faults.</summary>
public class ImpairedLinkTests
{
    private const int Many = 20_000;

    [Fact]
    public void A_link_without_impairment_delivers_everything_in_order_at_once()
    {
        var arrived = Carry("", 100);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (i, (long)i)), arrived.Select(a => (a.Packet, a.Time)));
    }

    [Theory]
    [InlineData("loss=1%", 0.01)]
    [InlineData("loss=30%", 0.3)]
    [InlineData("loss=100%", 1)]
    public void Loss_has_the_configured_probability(string impairment, double expected) =>
        Assert.Equal(expected, 1 - (Carry(impairment, Many).Count / (double)Many), 0.01);

    [Fact]
    public void Bursts_have_the_configured_length()
    {
        var arrived = Carry("burst=0.5%,burstlength=10", Many).Select(a => a.Packet).ToHashSet();

        var lost = Enumerable.Range(0, Many).Where(i => !arrived.Contains(i)).ToList();
        var bursts = lost.Count(i => i == 0 || arrived.Contains(i - 1));
        Assert.InRange(lost.Count / (double)bursts, 8, 13);
        Assert.InRange(bursts, 70, 130);
    }

    [Fact]
    public void A_duplicate_arrives_in_addition_to_the_packet()
    {
        var arrived = Carry("dup=10%", Many);

        Assert.Equal(Many, arrived.Select(a => a.Packet).Distinct().Count());
        Assert.InRange(arrived.Count, Many * 1.09, Many * 1.11);
    }

    [Fact]
    public void A_reordered_packet_arrives_after_later_ones()
    {
        var arrived = Carry("reorder=10%,reorderdelay=1ms", Many);

        Assert.Equal(Many, arrived.Count);
        var outOfOrder = arrived.Zip(arrived.Skip(1)).Count(pair => pair.Second.Packet < pair.First.Packet);
        Assert.InRange(outOfOrder, Many * 0.05, Many * 0.15);
    }

    [Fact]
    public void A_replay_arrives_late_in_addition_to_the_packet()
    {
        var arrived = Carry("replay=5%,replayage=10s", Many);

        var again = arrived.GroupBy(a => a.Packet).Where(group => group.Count() == 2).ToList();
        Assert.InRange(again.Count, Many * 0.045, Many * 0.055);
        Assert.InRange(
            again.Max(group => group.Max(a => a.Time) - group.Key), TimeSpan.TicksPerSecond * 9,
            TimeSpan.TicksPerSecond * 10);
    }

    [Fact]
    public void A_corrupted_packet_never_has_valid_checksums()
    {
        var sent = Frame(1);
        var differences = Carry("corrupt=100%", 2000).Select(a => (a.Frame, bits: Bits(a.Frame, Frame(a.Packet))))
            .ToList();

        Assert.InRange(differences.Count, 1990, 2000);
        Assert.All(differences, d => Assert.InRange(d.bits, 1, 16));
        Assert.All(differences, d => Assert.False(Corruption.HasValidChecksums(d.Frame)));
        Assert.True(Corruption.HasValidChecksums(sent));
    }

    [Fact]
    public void With_checksum_offload_a_corrupted_packet_is_lost() =>
        Assert.Empty(Carry("corrupt=100%", 100, hasChecksums: false));

    [Fact]
    public void Delay_is_added_and_jitter_keeps_the_order()
    {
        var arrived = Carry("delay=20ms,jitter=5ms", Many, step: TimeSpan.TicksPerMillisecond);

        Assert.Equal(Enumerable.Range(0, Many), arrived.Select(a => a.Packet));
        var delays = arrived.Select(a => a.Time - (a.Packet * TimeSpan.TicksPerMillisecond)).ToList();
        Assert.All(
            delays,
            delay => Assert.InRange(delay, TimeSpan.TicksPerMillisecond * 20, TimeSpan.TicksPerMillisecond * 25));
        Assert.True(delays.Distinct().Count() > 1000);
    }

    [Fact]
    public void A_rate_spaces_packets_and_a_full_queue_drops_the_rest()
    {
        // 10 packets of 60 bytes per second, all sent at the same moment.
        var arrived = Carry("rate=4.8kbit,queue=5", 20, step: 0);

        Assert.Equal(Enumerable.Range(0, 5), arrived.Select(a => a.Packet));
        Assert.Equal(Enumerable.Range(1, 5).Select(i => i * TimeSpan.TicksPerSecond / 10), arrived.Select(a => a.Time));
    }

    [Theory]
    [InlineData(0b00, 0b00)]
    [InlineData(0b01, 0b11)]
    [InlineData(0b10, 0b11)]
    [InlineData(0b11, 0b11)]
    public void A_long_queue_sets_ECN_capable_packets_to_CE(int field, int expected)
    {
        var impairment = LinkImpairment.Parse("rate=4.8kbit,ecn=3");
        var link = new ImpairedLink(impairment, 0);
        for (var i = 0; i < 5; i++)
            link.Offer(WithEcn(Frame(i), field), MonotonicTime.Zero);

        var fields = new List<int>();
        while (link.TryDequeue(link.NextArrival, out var frame))
        {
            Assert.True(Corruption.HasValidChecksums(frame));
            fields.Add(frame[1] & 0b11);
            link.Return(frame);
        }

        Assert.Equal([field, field, field, expected, expected], fields);
    }

    [Theory]
    [InlineData(0b00, 0b00)]
    [InlineData(0b10, 0b11)]
    public void CE_is_set_in_the_IPv6_traffic_class_and_nothing_else_changes(int field, int expected)
    {
        var packet = new byte[IpHeader.IPv6Length];
        BinaryPrimitives.WriteUInt32BigEndian(packet, 0x6B80_ABCD | ((uint)field << 20));

        EcnField.TrySetCe(packet);

        Assert.Equal(0x6B80_ABCD | ((uint)expected << 20), BinaryPrimitives.ReadUInt32BigEndian(packet));
    }

    [Fact]
    public void A_header_with_CE_has_a_valid_checksum()
    {
        for (var i = 0; i < 70_000; i++)
        {
            var frame = Frame(0);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), unchecked((ushort)i));
            frame = WithEcn(frame, 1 + (i & 1));
            EcnField.TrySetCe(frame);
            Assert.Equal(0, InternetChecksum.Compute(frame.AsSpan(0, IpHeader.IPv4Length)));
        }
    }

    [Fact]
    public void A_link_reuses_its_memory()
    {
        var link = new ImpairedLink(LinkImpairment.Parse("delay=1s,ecn=1,rate=1gbit"), 0);
        var frame = Frame(0);
        var now = MonotonicTime.Zero;
        Assert.Equal(0, Allocations.Of(Fill));

        void Fill()
        {
            for (var i = 0; i < 900; i++)
                link.Offer(frame, now);
            now += TimeSpan.FromSeconds(2);
            while (link.TryDequeue(now, out var arrived))
                link.Return(arrived);
        }
    }

    [Fact]
    public void A_packet_larger_than_the_MTU_is_refused()
    {
        var link = new ImpairedLink(LinkImpairment.Parse("mtu=68"), 0);

        Assert.True(link.Offer(new byte[68], MonotonicTime.Zero));
        Assert.False(link.Offer(new byte[69], MonotonicTime.Zero));
        Assert.True(link.TryDequeue(MonotonicTime.Zero, out _));
        Assert.True(link.IsEmpty);
    }

    [Fact]
    public void A_link_that_is_down_delivers_nothing_and_a_healed_one_everything()
    {
        var impairment = LinkImpairment.Parse("loss=100%");
        var link = new ImpairedLink(impairment, 0) { IsDown = true };
        link.Offer(Frame(0), MonotonicTime.Zero);
        Assert.True(link.IsEmpty);

        link.IsDown = false;
        link.IsHealed = true;
        link.Offer(Frame(1), MonotonicTime.Zero);

        Assert.False(link.IsEmpty);
    }

    [Fact]
    public void The_same_seed_gives_the_same_faults_and_another_seed_different_ones()
    {
        const string Bad = "loss=10%,burst=1%,dup=5%,reorder=20%,corrupt=5%,replay=2%,jitter=3ms";

        Assert.Equal(Faults(Bad + ",seed=1"), Faults(Bad + ",seed=1"));
        Assert.NotEqual(Faults(Bad + ",seed=1"), Faults(Bad + ",seed=2"));
        Assert.NotEqual(
            Faults(Bad + ",seed=1"), Faults(Bad + ",seed=1", link: 1).Select(fault => fault with { Link = 0 }));
    }

    [Fact]
    public void A_list_of_recorded_faults_repeats_them()
    {
        const string Bad = "loss=10%,burst=1%,dup=5%,reorder=20%,corrupt=5%,replay=2%,seed=3";
        var faults = Faults(Bad);

        var again = Carry("seed=3", 2000, faults: faults);

        Assert.Equal(Carry(Bad, 2000).Select(a => (a.Packet, a.Time)), again.Select(a => (a.Packet, a.Time)));
    }

    [Fact]
    public void Leaving_out_one_fault_does_not_change_the_others()
    {
        const string Bad = "loss=10%,dup=5%,reorder=20%,replay=2%,seed=3";
        var faults = Faults(Bad);
        var fewer = faults.Where((_, index) => index != faults.Count / 2).ToList();

        var record = new List<Fault>();
        Carry("seed=3", 2000, faults: fewer, record: record);

        Assert.Equal(fewer, record);
    }

    [Fact]
    public void A_kind_of_fault_does_not_depend_on_the_others()
    {
        var alone = Faults("dup=5%,seed=9").Where(fault => fault.Kind == FaultKind.Duplicate).ToList();
        var among = Faults("dup=5%,loss=20%,reorder=50%,corrupt=1%,seed=9")
            .Where(fault => fault.Kind == FaultKind.Duplicate)
            .ToHashSet();

        Assert.NotEmpty(among);
        Assert.Subset(alone.ToHashSet(), among);
    }

    private static List<Fault> Faults(string impairment, int link = 0)
    {
        var record = new List<Fault>();
        Carry(impairment, 2000, link: link, record: record);
        return record;
    }

    private static List<(int Packet, long Time, byte[] Frame)> Carry(
        string impairment, int count, long step = 1, int link = 0, List<Fault>? faults = null,
        List<Fault>? record = null, bool hasChecksums = true)
    {
        var carrier = new ImpairedLink(LinkImpairment.Parse(impairment), link, faults)
        {
            HasChecksums = hasChecksums,
            FaultLog = record,
        };
        for (var i = 0; i < count; i++)
            carrier.Offer(Frame(i), new MonotonicTime(i * step));
        var arrived = new List<(int, long, byte[])>();
        while (carrier.NextArrival is var at && at != MonotonicTime.Never)
        {
            Assert.True(carrier.TryDequeue(at, out var frame));
            var bytes = frame.AsSpan().ToArray();
            arrived.Add((BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(24)), at.Ticks, bytes));
            carrier.Return(frame);
        }

        return arrived;
    }

    /// <summary>60 bytes with valid checksums, and the packet's number as its sequence number.</summary>
    private static byte[] Frame(int number)
    {
        var (from, to) = (IpAddress.FromIPv4(0xC612_0001), IpAddress.FromIPv4(0xC612_0002));
        var frame = new byte[60];
        var tcp = frame.AsSpan(IpHeader.IPv4Length);
        IpHeader.Write(frame, from, to, IpProtocol.Tcp, tcp.Length, hopLimit: 64, trafficClass: 0);
        new TcpHeader(new Port(1), new Port(2), new SeqNum((uint)number), default, TcpFlags.Ack, 100)
            .Write(tcp, default);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(from, to, IpProtocol.Tcp, tcp.Length);
        sum.Add(tcp);
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        return frame;
    }

    private static byte[] WithEcn(byte[] frame, int field)
    {
        frame[1] = (byte)field;
        frame.AsSpan(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(
            frame.AsSpan(10), InternetChecksum.Compute(frame.AsSpan(0, IpHeader.IPv4Length)));
        return frame;
    }

    /// <summary>The number of inverted bits, 1 or more: those in the packet number do not show.</summary>
    private static int Bits(byte[] arrived, byte[] sent)
    {
        var bits = 0;
        for (var i = 0; i < sent.Length; i++)
        {
            // The packet number, and the TCP checksum, which depends on it.
            if (i is not (>= 24 and <= 27) and not (36 or 37))
                bits += System.Numerics.BitOperations.PopCount((uint)(arrived[i] ^ sent[i]));
        }

        return Math.Max(bits, 1);
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>
/// In real time the fate of a packet follows from the seed, the direction, the flow and its number in the flow.
/// </summary>
public class FlowTests
{
    private const string Bad = "loss=20%,burst=2%,seed=7";
    private const int Packets = 500;

    [Fact]
    public void Other_flows_do_not_change_the_fates_of_a_flow()
    {
        var alone = Survivors(Bad, [.. Handshake(40_000), .. Data(40_000)]);
        var among = Survivors(
            Bad,
            [
                .. Handshake(40_000), .. Handshake(40_001),
                .. Data(40_000).Zip(Data(40_001)).SelectMany(pair => new[] { pair.Second, pair.First, pair.Second }),
            ]);

        Assert.InRange(alone.Count, Packets / 2, Packets - 50);
        Assert.Equal(alone, among.Where(packet => packet.Port == 40_000));
    }

    [Fact]
    public void The_client_port_does_not_change_the_fates() =>
        Assert.Equal(
            Survivors(Bad, [.. Handshake(40_000), .. Data(40_000)]).Select(packet => packet.Seq),
            Survivors(Bad, [.. Handshake(51_234), .. Data(51_234)]).Select(packet => packet.Seq));

    [Fact]
    public void The_first_and_the_second_flow_have_different_fates()
    {
        var packets = Survivors(
            Bad, [.. Handshake(40_000), .. Data(40_000), .. Handshake(40_001), .. Data(40_001)]);

        Assert.NotEqual(
            packets.Where(packet => packet.Port == 40_000).Select(packet => packet.Seq),
            packets.Where(packet => packet.Port == 40_001).Select(packet => packet.Seq));
    }

    [Fact]
    public void The_two_directions_of_a_flow_have_different_fates()
    {
        var forth = Survivors(Bad, [.. Data(40_000)]);
        var back = Survivors(Bad, [.. Enumerable.Range(0, Packets).Select(seq => Frames.ToClient(40_000, seq))]);

        Assert.NotEqual(forth, back);
    }

    [Fact]
    public void Another_seed_changes_the_fates() =>
        Assert.NotEqual(
            Survivors(Bad, [.. Data(40_000)]), Survivors("loss=20%,burst=2%,seed=8", [.. Data(40_000)]));

    [Fact]
    public void A_burst_loses_packets_of_one_flow_in_a_row()
    {
        var frames = Data(40_000).Zip(Data(40_001)).SelectMany(pair => new[] { pair.First, pair.Second });
        var arrived = Survivors("burst=2%,burstlength=10,seed=3", [.. frames]);

        foreach (var port in new[] { 40_000, 40_001 })
        {
            var alive = arrived.Where(packet => packet.Port == port).Select(packet => packet.Seq).ToHashSet();
            var lost = Enumerable.Range(0, Packets).Where(seq => !alive.Contains(seq)).ToList();
            var bursts = lost.Count(seq => seq == 0 || alive.Contains(seq - 1));
            Assert.InRange(lost.Count / (double)bursts, 4, 25);
        }
    }

    [Fact]
    public void The_queues_of_a_device_share_the_flows()
    {
        byte[][] frames = [.. Handshake(40_000), .. Data(40_000)];
        using var device = new TwoQueues();
        using var impaired = new ImpairedDevice(device, LinkImpairment.Parse(Bad));
        for (var i = 0; i < frames.Length; i++)
            impaired.Queues[i % 2].Write(new Emission(frames[i]));

        Assert.Equal(
            Survivors(Bad, frames).Select(packet => packet.Seq),
            device.Written.Select(frame => Frames.SeqOf(frame)));
        Assert.Equal(frames.Length, impaired.OutboundCounters.Packets);
    }

    [Fact]
    public void A_flood_of_flows_makes_the_table_forget_an_idle_flow_and_keep_a_busy_one()
    {
        var flows = new FlowTable(0, maxFlows: 100);
        var busy = flows.GetOrAdd(Frames.ToServer(40_001, 0));
        var idle = flows.GetOrAdd(Frames.ToServer(40_002, 0));
        for (var port = 40_003; port < 40_503; port++)
        {
            flows.GetOrAdd(Frames.ToServer(port, 0));
            if (port % 10 == 0)
                Assert.Same(busy, flows.GetOrAdd(Frames.ToServer(40_001, 0)));
        }

        Assert.NotSame(idle, flows.GetOrAdd(Frames.ToServer(40_002, 0)));
    }

    [Fact]
    public void A_table_that_is_not_full_keeps_an_idle_flow()
    {
        var flows = new FlowTable(0, maxFlows: 100);
        var idle = flows.GetOrAdd(Frames.ToServer(40_002, 0));
        for (var port = 40_003; port < 40_050; port++)
            flows.GetOrAdd(Frames.ToServer(port, 0));

        Assert.Same(idle, flows.GetOrAdd(Frames.ToServer(40_002, 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("4500003C000000004001000001010101020202020800")]
    [InlineData("6000000000003A40")]
    public void Frames_without_ports_have_a_flow(string frame)
    {
        var flows = new FlowTable(0);

        Assert.Same(flows.GetOrAdd(Convert.FromHexString(frame)), flows.GetOrAdd(Convert.FromHexString(frame)));
    }

    private static IEnumerable<byte[]> Handshake(int port) => [Frames.ToServer(port, -1, TcpFlags.Syn)];

    private static IEnumerable<byte[]> Data(int port) =>
        Enumerable.Range(0, Packets).Select(seq => Frames.ToServer(port, seq));

    /// <summary>The packets that get through a link in real time.</summary>
    private static List<(int Port, int Seq)> Survivors(string impairment, byte[][] frames)
    {
        var link = new ImpairedLink(new LinkDirection(LinkImpairment.Parse(impairment), 0, new FlowTable(0)));
        foreach (var frame in frames)
            link.Offer(frame, MonotonicTime.Zero);
        var arrived = new List<(int, int)>();
        while (link.TryDequeue(MonotonicTime.Zero, out var frame))
        {
            arrived.Add((Frames.ClientPortOf(frame), Frames.SeqOf(frame)));
            link.Return(frame);
        }

        arrived.RemoveAll(packet => packet.Item2 < 0);
        return arrived;
    }

    /// <summary>A device with two queues that keeps what was written.</summary>
    private sealed class TwoQueues : ILinkDevice
    {
        public TwoQueues() => Queues = [this, this];

        public List<byte[]> Written { get; } = [];

        public string Name => "two";

        public LinkProperties Properties { get; } = new(LinkProperties.DefaultMtu);

        public IReadOnlyList<ILinkDevice> Queues { get; }

        public int Read(Span<byte> buffer) => 0;

        public bool Write(in Emission frame)
        {
            var copy = new byte[frame.Length];
            frame.CopyTo(copy);
            if (Frames.SeqOf(copy) >= 0)
                Written.Add(copy);
            return true;
        }

        public void Wait(TimeSpan timeout)
        {
        }

        public void Wake()
        {
        }

        public void Dispose()
        {
        }
    }
}

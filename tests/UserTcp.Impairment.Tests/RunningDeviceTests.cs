using Microsoft.Extensions.Time.Testing;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment.Tests;

/// <summary>An impaired device with a fake clock, changed and observed while it runs.</summary>
public sealed class RunningDeviceTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _clock = new();
    private readonly ILinkDevice _near;
    private readonly ILinkDevice _far;

    public RunningDeviceTests() =>
        (_near, _far) = InMemoryLink.CreatePair(new LinkProperties(LinkProperties.DefaultMtu));

    public void Dispose() => _far.Dispose();

    [Fact]
    public void A_frame_delayed_by_a_second_arrives_when_the_clock_has_advanced_by_a_second()
    {
        using var device = Impaired("delay=1s");
        _far.Write(new Emission(Frames.ToClient(1, 7)));
        var buffer = new byte[LinkProperties.DefaultMtu];

        Assert.Equal(0, device.Read(buffer));
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, device.Read(buffer));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Frames.Length, device.Read(buffer));
        Assert.Equal(7, Frames.SeqOf(buffer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_clock_wakes_a_loop_that_sleeps(bool isInbound)
    {
        using var device = Impaired("delay=1s");
        var buffer = new byte[LinkProperties.DefaultMtu];
        if (isInbound)
            _far.Write(new Emission(Frames.ToClient(1, 7)));
        else
            device.Write(new Emission(Frames.ToServer(1, 7)));
        Assert.Equal(0, device.Read(buffer));
        using var isRunning = new ManualResetEventSlim();
        var loop = Task.Run(() =>
        {
            isRunning.Set();
            // Nothing but the clock ends these waits.
            while ((isInbound ? device.Read(buffer) : _far.Read(buffer)) == 0)
                device.Wait(Timeout.InfiniteTimeSpan);
        });
        isRunning.Wait(TestContext.Current.CancellationToken);

        _clock.Advance(TimeSpan.FromSeconds(1));

        await loop.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(7, Frames.SeqOf(buffer));
    }

    [Fact]
    public void A_link_can_be_cut_and_healed_in_one_direction()
    {
        using var device = Impaired("");

        device.Outbound = LinkImpairment.Parse("loss=100%");
        Assert.Equal((0, 1), (Forth(device, 1), Back(device, 1)));
        device.Outbound = LinkImpairment.None;
        device.Inbound = LinkImpairment.Parse("loss=100%");
        Assert.Equal((1, 0), (Forth(device, 2), Back(device, 2)));
        device.Inbound = LinkImpairment.None;
        Assert.Equal((1, 1), (Forth(device, 3), Back(device, 3)));

        Assert.Equal((3, 1, 2), Summary(device.OutboundCounters));
        Assert.Equal((3, 1, 2), Summary(device.InboundCounters));

        static (long, long, long) Summary(LinkCounters counters) =>
            (counters.Packets, counters.Lost, counters.Delivered);
    }

    [Fact]
    public void A_healed_link_does_not_wait_for_packets_in_flight()
    {
        using var device = Impaired("rate=8kbit,delay=3600s");
        for (var seq = 0; seq < 100; seq++)
            Assert.Equal(0, Forth(device, seq));

        device.Outbound = LinkImpairment.None;
        Assert.Equal(1, Forth(device, 100));

        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(101, Forth(device, 101));
        Assert.Equal(100, device.OutboundCounters.Delayed);
    }

    [Fact]
    public void Numbers_of_a_flow_go_on_when_the_impairment_changes()
    {
        const string Bad = "loss=50%,seed=5";
        using var whole = Impaired(Bad);
        using var changed = Impaired(Bad);
        List<int> expected = [], actual = [];
        for (var seq = 0; seq < 100; seq++)
        {
            var isClean = seq is >= 40 and < 60;
            changed.Outbound = LinkImpairment.Parse(isClean ? "" : Bad);
            if (Forth(whole, seq) > 0 || isClean)
                expected.Add(seq);
            if (Forth(changed, seq) > 0)
                actual.Add(seq);
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Each_fault_is_counted_in_its_direction()
    {
        using var device = Impaired(
            "loss=10%,burst=1%,dup=10%,reorder=10%,corrupt=10%,replay=10%,replayage=1s,delay=1ms,seed=2");
        device.Inbound = LinkImpairment.None;
        for (var seq = 0; seq < 1000; seq++)
            Forth(device, seq);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Forth(device, 1000);

        var counters = device.OutboundCounters;
        Assert.All(
            [
                counters.Lost, counters.LostInBursts, counters.Duplicated, counters.Reordered, counters.Corrupted,
                counters.Replayed,
            ],
            count => Assert.InRange(count, 10, 300));
        var survivors = counters.Packets - counters.Lost - counters.LostInBursts;
        Assert.Equal((1001, survivors), (counters.Packets, counters.Delayed));
        // All that has arrived but the last one, which is delayed, and corrupted ones that no checksum detects.
        Assert.InRange(
            counters.Delivered, survivors + counters.Duplicated + counters.Replayed - 5,
            survivors + counters.Duplicated + counters.Replayed);
        Assert.Equal(0, device.InboundCounters.Packets);
    }

    [Fact]
    public void Queue_drops_CE_and_large_packets_are_counted()
    {
        using var device = Impaired("rate=8kbit,queue=10,ecn=5");
        for (var seq = 0; seq < 15; seq++)
        {
            var frame = Frames.ToServer(1, seq);
            frame[1] = 0b10;
            device.Write(new Emission(frame));
        }

        Assert.Equal((5, 5), (device.OutboundCounters.QueueDrops, device.OutboundCounters.CongestionExperienced));
        device.Outbound = LinkImpairment.Parse("mtu=68");
        device.Write(new Emission(new byte[69]));
        Assert.Equal(1, device.OutboundCounters.MtuDrops);
    }

    private ImpairedDevice Impaired(string impairment) => new(_near, LinkImpairment.Parse(impairment), clock: _clock);

    /// <summary>Sends a segment out, and returns how many arrive.</summary>
    private int Forth(ImpairedDevice device, int seq)
    {
        device.Write(new Emission(Frames.ToServer(1, seq)));
        return Arrivals(_far);
    }

    /// <summary>Sends a segment in, and returns how many arrive.</summary>
    private int Back(ImpairedDevice device, int seq)
    {
        _far.Write(new Emission(Frames.ToClient(1, seq)));
        return Arrivals(device);
    }

    private static int Arrivals(ILinkDevice device)
    {
        var buffer = new byte[LinkProperties.DefaultMtu];
        var count = 0;
        while (device.Read(buffer) > 0)
            count++;
        return count;
    }
}

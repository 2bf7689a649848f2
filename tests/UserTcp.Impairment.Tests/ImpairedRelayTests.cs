using Microsoft.Extensions.Time.Testing;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment.Tests;

/// <summary>One direction of a link between two devices, with a manual clock.</summary>
public sealed class ImpairedRelayTests : IDisposable
{
    private readonly FakeDevice _from = new();
    private readonly FakeDevice _to = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void The_relay_waits_until_the_next_arrival_and_then_writes_the_frame()
    {
        using var relay = Relay("delay=10ms");
        _from.Arriving.Enqueue([1, 2, 3]);

        relay.Turn();
        relay.Turn();
        Assert.Equal((1, 0), (relay.PacketsInFlight, _to.Written.Count));
        _clock.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Equal(0, _from.Wakes);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _from.Wakes);
        relay.Turn();
        Assert.Equal([1, 2, 3], Assert.Single(_to.Written));

        relay.Turn();
        Assert.Equal(Timeout.InfiniteTimeSpan, _from.LastWait);
    }

    [Fact]
    public void The_wait_ends_by_the_slack_before_an_arrival()
    {
        using var relay = Relay("delay=10ms");
        _from.Arriving.Enqueue([1]);
        relay.Turn();

        relay.Turn(TimeSpan.FromMilliseconds(1));
        _clock.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Equal(1, _from.Wakes);

        _clock.Advance(TimeSpan.FromMilliseconds(0.5));
        _from.LastWait = null;
        relay.Turn(TimeSpan.FromMilliseconds(1));
        Assert.Null(_from.LastWait);
    }

    [Fact]
    public void With_the_system_clock_the_device_ends_the_wait()
    {
        using var relay = new ImpairedRelay(_from, _to, LinkImpairment.Parse("delay=3600s"), direction: 0);
        _from.Arriving.Enqueue([1]);
        relay.Turn();

        relay.Turn();

        Assert.InRange(_from.LastWait!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    [Fact]
    public void The_impairment_can_change_and_the_counters_say_what_it_did()
    {
        using var relay = Relay("loss=100%");
        _from.Arriving.Enqueue([1]);
        relay.Turn();
        Assert.Equal((1, 1, 0), (relay.Counters.Packets, relay.Counters.Lost, relay.Counters.Delivered));

        relay.Impairment = LinkImpairment.None;
        _from.Arriving.Enqueue([2]);
        relay.Turn();

        Assert.Equal([2], Assert.Single(_to.Written));
        Assert.Equal((2, 1, 1), (relay.Counters.Packets, relay.Counters.Lost, relay.Counters.Delivered));
    }

    [Fact]
    public void A_lost_frame_does_not_arrive()
    {
        using var relay = Relay("loss=100%");
        _from.Arriving.Enqueue([1]);

        relay.Turn();

        Assert.Equal((0, 0), (relay.PacketsInFlight, _to.Written.Count));
    }

    [Fact]
    public void A_flood_does_not_hold_up_arrivals()
    {
        using var relay = Relay("");
        for (var i = 0; i < 1000; i++)
            _from.Arriving.Enqueue([1]);

        relay.Turn();

        Assert.InRange(_to.Written.Count, 1, 999);
    }

    [Fact]
    public void The_two_directions_have_different_faults()
    {
        Assert.NotEqual(Survivors(0), Survivors(1));
        Assert.Equal(Survivors(1), Survivors(1));

        List<byte> Survivors(int direction)
        {
            var (from, to) = (new FakeDevice(), new FakeDevice());
            using var relay = new ImpairedRelay(from, to, LinkImpairment.Parse("loss=50%,seed=3"), direction, _clock);
            for (var i = 0; i < 64; i++)
                from.Arriving.Enqueue([(byte)i]);
            relay.Turn();
            return [.. to.Written.Select(frame => frame[0])];
        }
    }

    [Fact]
    public void A_device_with_segmentation_offload_is_refused()
    {
        var offloading = new FakeDevice(
            new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));

        Assert.Throws<ArgumentException>(() => new ImpairedRelay(offloading, _to, LinkImpairment.None, direction: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new ImpairedRelay(_from, _to, LinkImpairment.None, direction: 2));
    }

    private ImpairedRelay Relay(string impairment) =>
        new(_from, _to, LinkImpairment.Parse(impairment), direction: 0, _clock);

    /// <summary>A device that holds frames to read and keeps those that were written.</summary>
    private sealed class FakeDevice(LinkProperties? properties = null) : ILinkDevice
    {
        public Queue<byte[]> Arriving { get; } = new();

        public List<byte[]> Written { get; } = [];

        public TimeSpan? LastWait { get; set; }

        public int Wakes { get; private set; }

        public string Name => "fake";

        public LinkProperties Properties { get; } = properties ?? new LinkProperties(LinkProperties.DefaultMtu);

        public int Read(Span<byte> buffer)
        {
            if (!Arriving.TryDequeue(out var frame))
                return 0;
            frame.CopyTo(buffer);
            return frame.Length;
        }

        public bool Write(in Emission frame)
        {
            var copy = new byte[frame.Length];
            frame.CopyTo(copy);
            Written.Add(copy);
            return true;
        }

        public void Wait(TimeSpan timeout) => LastWait = timeout;

        public void Wake() => Wakes++;

        public void Dispose()
        {
        }
    }
}

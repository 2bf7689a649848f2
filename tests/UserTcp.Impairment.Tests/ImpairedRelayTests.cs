using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment.Tests;

/// <summary>One direction of a link between two devices, with a manual clock.</summary>
public sealed class ImpairedRelayTests : IDisposable
{
    private readonly FakeDevice _from = new();
    private readonly FakeDevice _to = new();
    private readonly Clock _clock = new();

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void The_relay_waits_until_the_next_arrival_and_then_writes_the_frame()
    {
        var relay = Relay("delay=10ms");
        _from.Arriving.Enqueue([1, 2, 3]);

        relay.Turn();
        relay.Turn();
        Assert.Equal((1, 0), (relay.PacketsInFlight, _to.Written.Count));
        Assert.Equal(TimeSpan.FromMilliseconds(10), _from.LastWait);

        _clock.Advance(TimeSpan.FromMilliseconds(10));
        relay.Turn();
        Assert.Equal([1, 2, 3], Assert.Single(_to.Written));

        relay.Turn();
        Assert.Equal(Timeout.InfiniteTimeSpan, _from.LastWait);
    }

    [Fact]
    public void The_wait_ends_by_the_slack_before_an_arrival()
    {
        var relay = Relay("delay=10ms");
        _from.Arriving.Enqueue([1]);
        relay.Turn();

        relay.Turn(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(9), _from.LastWait);

        _clock.Advance(TimeSpan.FromMilliseconds(9.5));
        _from.LastWait = null;
        relay.Turn(TimeSpan.FromMilliseconds(1));
        Assert.Null(_from.LastWait);
    }

    [Fact]
    public void A_lost_frame_does_not_arrive()
    {
        var relay = Relay("loss=100%");
        _from.Arriving.Enqueue([1]);

        relay.Turn();

        Assert.Equal((0, 0), (relay.PacketsInFlight, _to.Written.Count));
    }

    [Fact]
    public void A_flood_does_not_hold_up_arrivals()
    {
        var relay = Relay("");
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
            var relay = new ImpairedRelay(from, to, LinkImpairment.Parse("loss=50%,seed=3"), direction, _clock);
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

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }

    /// <summary>A device that holds frames to read and keeps those that were written.</summary>
    private sealed class FakeDevice(LinkProperties? properties = null) : ILinkDevice
    {
        public Queue<byte[]> Arriving { get; } = new();

        public List<byte[]> Written { get; } = [];

        public TimeSpan? LastWait { get; set; }

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

        public void Wake()
        {
        }

        public void Dispose()
        {
        }
    }
}

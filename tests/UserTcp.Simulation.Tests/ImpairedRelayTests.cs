using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Simulation.Tests;

/// <summary>One direction of a link between two devices, with a clock that stands still unless it is told.</summary>
public sealed class ImpairedRelayTests : IDisposable
{
    private readonly Ends _from = new();
    private readonly Ends _to = new();
    private readonly Clock _clock = new();

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void A_frame_arrives_when_its_time_has_come_and_the_wait_is_no_longer()
    {
        var relay = Relay("delay=10ms");
        _from.Arriving.Enqueue([1, 2, 3]);

        relay.Turn();
        relay.Turn();
        Assert.Equal((1, 0), (relay.PacketsInside, _to.Written.Count));
        Assert.Equal(TimeSpan.FromMilliseconds(10), _from.LastWait);

        _clock.Advance(TimeSpan.FromMilliseconds(10));
        relay.Turn();
        Assert.Equal([1, 2, 3], Assert.Single(_to.Written));

        relay.Turn();
        Assert.Equal(Timeout.InfiniteTimeSpan, _from.LastWait);
    }

    [Fact]
    public void Slack_before_an_arrival_is_spent_awake()
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
    public void What_is_lost_does_not_arrive()
    {
        var relay = Relay("loss=100%");
        _from.Arriving.Enqueue([1]);

        relay.Turn();

        Assert.Equal((0, 0), (relay.PacketsInside, _to.Written.Count));
    }

    [Fact]
    public void A_flood_does_not_keep_what_has_arrived_from_being_handed_on()
    {
        var relay = Relay("");
        for (var i = 0; i < 1000; i++)
            _from.Arriving.Enqueue([1]);

        relay.Turn();

        Assert.InRange(_to.Written.Count, 1, 999);
    }

    [Fact]
    public void The_two_directions_have_faults_of_their_own()
    {
        Assert.NotEqual(Survivors(0), Survivors(1));
        Assert.Equal(Survivors(1), Survivors(1));

        List<byte> Survivors(int direction)
        {
            var (from, to) = (new Ends(), new Ends());
            var relay = new ImpairedRelay(from, to, LinkImpairment.Parse("loss=50%,seed=3"), direction, _clock);
            for (var i = 0; i < 64; i++)
                from.Arriving.Enqueue([(byte)i]);
            relay.Turn();
            return [.. to.Written.Select(frame => frame[0])];
        }
    }

    [Fact]
    public void A_device_that_joins_segments_is_refused()
    {
        var whole = new Ends(new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));

        Assert.Throws<ArgumentException>(() => new ImpairedRelay(whole, _to, LinkImpairment.None, direction: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImpairedRelay(_from, _to, LinkImpairment.None, direction: 2));
    }

    private ImpairedRelay Relay(string text) => new(_from, _to, LinkImpairment.Parse(text), direction: 0, _clock);

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }

    /// <summary>What can be read, and what has been written.</summary>
    private sealed class Ends(LinkProperties? properties = null) : ILinkDevice
    {
        public Queue<byte[]> Arriving { get; } = new();

        public List<byte[]> Written { get; } = [];

        public TimeSpan? LastWait { get; set; }

        public string Name => "ends";

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

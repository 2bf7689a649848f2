using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>An observer gets one verdict for each thing that a link does to a frame, and nothing else.</summary>
public sealed class VerdictTests : IDisposable
{
    private const byte Ect = 2;

    private readonly ILinkDevice _far;
    private readonly ILinkDevice _near;
    private readonly Journal _journal = new();

    public VerdictTests() => (_near, _far) = InMemoryLink.CreatePair(new LinkProperties(LinkProperties.DefaultMtu));

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    [Theory]
    [InlineData("loss=100%", LinkVerdictKind.Lost, LinkVerdictCause.Chance)]
    [InlineData("burst=100%", LinkVerdictKind.Lost, LinkVerdictCause.Burst)]
    [InlineData("reorder=100%", LinkVerdictKind.Reordered, LinkVerdictCause.Chance)]
    [InlineData("dup=100%", LinkVerdictKind.Duplicated, LinkVerdictCause.Chance)]
    [InlineData("corrupt=100%", LinkVerdictKind.Corrupted, LinkVerdictCause.Chance)]
    [InlineData("replay=100%", LinkVerdictKind.Replayed, LinkVerdictCause.Chance)]
    [InlineData("mtu=100", LinkVerdictKind.Lost, LinkVerdictCause.Mtu)]
    [InlineData("drop=data:1", LinkVerdictKind.Lost, LinkVerdictCause.Trigger)]
    [InlineData("hold=data:1:5ms", LinkVerdictKind.Held, LinkVerdictCause.Trigger)]
    [InlineData("reorder=data:1", LinkVerdictKind.Reordered, LinkVerdictCause.Trigger)]
    [InlineData("dup=data:1", LinkVerdictKind.Duplicated, LinkVerdictCause.Trigger)]
    [InlineData("corrupt=data:1", LinkVerdictKind.Corrupted, LinkVerdictCause.Trigger)]
    [InlineData("mark=data:1", LinkVerdictKind.Marked, LinkVerdictCause.Trigger)]
    public void Each_fault_is_a_verdict(string impairment, LinkVerdictKind kind, LinkVerdictCause cause)
    {
        using var device = Device(impairment);

        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100, ack: 9, ecn: Ect)));

        var verdict = Assert.Single(_journal.Verdicts);
        Assert.Equal((kind, cause, true), (verdict.Kind, verdict.Cause, verdict.Outbound));
        Assert.Equal(cause == LinkVerdictCause.Trigger ? impairment : null, verdict.Trigger);
        Assert.Equal("198.18.0.1:40000 198.18.0.2:80", verdict.Tuple.ToString());
        Assert.Equal((new SeqNum(7), new SeqNum(9)), (verdict.Header.Seq, verdict.Header.Ack));
        Assert.Equal(TcpFlags.Ack, verdict.Header.Flags);
        Assert.Equal(100, verdict.PayloadLength);
    }

    [Theory]
    [InlineData("hold=data:1:5ms", 5)]
    [InlineData("reorder=data:1", 20)]
    [InlineData("drop=data:1,delay=9ms", 0)]
    public void The_delay_is_that_beyond_the_delay_of_the_link(string impairment, int milliseconds)
    {
        using var device = Device(impairment);

        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100)));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Assert.Single(_journal.Verdicts).Delay);
    }

    [Fact]
    public void In_both_directions_the_local_side_is_that_of_the_stack()
    {
        using var device = Device("drop=any:1-2");
        _far.Write(new Emission(Frames.Segment(false, TcpFlags.Ack, 5)));

        Assert.Equal(0, device.Read(new byte[LinkProperties.DefaultMtu]));
        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 6)));

        Assert.Equal([false, true], _journal.Verdicts.Select(verdict => verdict.Outbound));
        var tuple = Assert.Single(_journal.Verdicts.Select(verdict => verdict.Tuple).Distinct());
        Assert.Equal("198.18.0.1:40000 198.18.0.2:80", tuple.ToString());
    }

    [Fact]
    public void Each_thing_that_is_done_to_a_frame_is_a_verdict()
    {
        using var device = Device("dup=data:1,hold=data:1:1ms,mark=data:1");

        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100, ecn: Ect)));

        Assert.Equal(
            [LinkVerdictKind.Held, LinkVerdictKind.Duplicated, LinkVerdictKind.Marked],
            _journal.Verdicts.Select(verdict => verdict.Kind).Order());
    }

    [Fact]
    public void A_trigger_can_be_set_while_the_device_is_used()
    {
        using var device = Device("");
        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100)));

        device.Outbound = LinkImpairment.Parse("drop=fin:1");
        for (var i = 0; i < 2; i++)
            device.Write(new Emission(Frames.Segment(true, TcpFlags.Fin | TcpFlags.Ack, 107)));
        device.Outbound = LinkImpairment.None;
        device.Write(new Emission(Frames.Segment(true, TcpFlags.Fin | TcpFlags.Ack, 107)));

        Assert.Equal("drop=fin:1", Assert.Single(_journal.Verdicts).Trigger);
        Assert.Empty(device.TriggerCounts);
    }

    [Fact]
    public void A_full_queue_and_a_long_one_are_verdicts()
    {
        using var device = Device("rate=1kbit,queue=2,ecn=1");

        for (var i = 0; i < 3; i++)
            device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100, ecn: Ect)));

        Assert.Equal(
            [
                (LinkVerdictKind.Marked, LinkVerdictCause.Queue), (LinkVerdictKind.QueueFull, LinkVerdictCause.Queue),
            ],
            _journal.Verdicts.Select(verdict => (verdict.Kind, verdict.Cause)));
    }

    [Fact]
    public void A_corrupted_frame_that_the_device_would_repair_is_lost()
    {
        var (near, far) = InMemoryLink.CreatePair();
        using var device = new ImpairedDevice(near, LinkImpairment.Parse("corrupt=100%")) { LinkObserver = _journal };
        using var peer = far;

        device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100)));

        Assert.Equal(
            [
                (LinkVerdictKind.Corrupted, LinkVerdictCause.Chance),
                (LinkVerdictKind.Lost, LinkVerdictCause.Corruption),
            ],
            _journal.Verdicts.Select(verdict => (verdict.Kind, verdict.Cause)));
    }

    [Fact]
    public void Plain_delay_jitter_and_rate_are_no_verdict()
    {
        using var device = Device("delay=5ms,jitter=3ms,rate=10mbit");

        for (var i = 0; i < 50; i++)
            device.Write(new Emission(Frames.Segment(true, TcpFlags.Ack, 7, data: 100)));

        Assert.Empty(_journal.Verdicts);
    }

    [Fact]
    public void A_frame_that_is_not_TCP_has_addresses_at_most()
    {
        using var device = Device("loss=100%");

        device.Write(new Emission([1, 2, 3]));
        device.Write(new Emission(Convert.FromHexString("4500001C000000004001000001010101020202020800000000000000")));

        Assert.Equal(default, _journal.Verdicts[0].Tuple);
        Assert.Equal("1.1.1.1:0 2.2.2.2:0", _journal.Verdicts[1].Tuple.ToString());
        Assert.All(_journal.Verdicts, verdict => Assert.Equal((default, 0), (verdict.Header, verdict.PayloadLength)));
    }

    [Fact]
    public void A_loss_comes_with_the_frame_and_the_delay_of_the_link()
    {
        var frames = new FrameJournal();
        using var device = new ImpairedDevice(_near, LinkImpairment.Parse("drop=data:1,dup=data:2,delay=7ms"))
        {
            LinkObserver = frames,
        };
        var frame = Frames.Segment(true, TcpFlags.Ack, 7, data: 100);

        device.Write(new Emission(frame));
        device.Write(new Emission(frame));

        Assert.Equal([7, 0], frames.Verdicts.Select(verdict => verdict.LinkDelay.TotalMilliseconds));
        Assert.All(frames.Frames, copy => Assert.Equal(frame, copy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_verdict_allocates_nothing_with_an_observer_and_without(bool isObserved)
    {
        var observer = new Counting();
        // The clock moves on, so that held frames leave, and their buffers serve the next ones.
        using var device = new ImpairedDevice(
            _near, LinkImpairment.Parse("loss=50%,drop=data:5/7,hold=data:3/7:1ms"), clock: new Ticking())
        {
            LinkObserver = isObserved ? observer : null,
        };
        var frame = Frames.Segment(true, TcpFlags.Ack, 7, data: 100);
        var buffer = new byte[LinkProperties.DefaultMtu];

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                device.Write(new Emission(frame));
                while (_far.Read(buffer) > 0)
                {
                }
            }
        }));
        Assert.Equal(isObserved, observer.Count > 0);
    }

    private ImpairedDevice Device(string impairment) =>
        new(_near, LinkImpairment.Parse(impairment)) { LinkObserver = _journal };

    /// <summary>A clock that is a millisecond later at each look.</summary>
    private sealed class Ticking : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => _now += TimestampFrequency / 1000;
    }

    private sealed class Journal : ILinkObserver
    {
        public List<LinkVerdict> Verdicts { get; } = [];

        public void OnVerdict(in LinkVerdict verdict) => Verdicts.Add(verdict);
    }

    private sealed class FrameJournal : ILinkObserver
    {
        public List<LinkVerdict> Verdicts { get; } = [];

        public List<byte[]> Frames { get; } = [];

        public void OnVerdict(in LinkVerdict verdict) => Assert.Fail("The other method is called.");

        public void OnVerdict(in LinkVerdict verdict, ReadOnlySpan<byte> frame)
        {
            Verdicts.Add(verdict);
            Frames.Add(frame.ToArray());
        }
    }

    private sealed class Counting : ILinkObserver
    {
        public int Count { get; private set; }

        public void OnVerdict(in LinkVerdict verdict) => Count++;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Testing.Running;
using UserTcp.Testing.Time;

namespace UserTcp.Testing.Wires;

/// <summary>
/// One direction of a link in virtual time: frames enter, and leave at the far end when the clock has come to their
/// arrival.
/// </summary>
internal sealed class Wire
{
    private readonly World _world;
    private readonly IFrameSink _end;
    private readonly ITimer _timer;
    private readonly ChanceHandler _onChance;
    private readonly DropHandler _onDrop;
    private readonly List<Fault> _struck;
    private long _due = long.MaxValue;
    private long _made;

    /// <param name="world">What moves the network.</param>
    /// <param name="link">What happens to the frames.</param>
    /// <param name="struck">Where the link records its faults.</param>
    /// <param name="end">Where they arrive.</param>
    /// <param name="name">The packets in the words of a rule: "from api", "to api".</param>
    /// <param name="onChance">Called with each fault that the link gives to a frame.</param>
    /// <param name="onDrop">Called with each frame that the link drops for another reason.</param>
    public Wire(
        World world, ImpairedLink link, List<Fault> struck, IFrameSink end, string name, ChanceHandler onChance,
        DropHandler onDrop)
    {
        (_struck, _onDrop) = (struck, onDrop);
        (_world, Link, _end, Name, _onChance) = (world, link, end, name, onChance);
        _timer = world.Clock.CreateTimer(
            TimerKind.Driver, static wire => ((Wire)wire!).Deliver(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called with a fault that a link gives to a frame.</summary>
    /// <param name="wire">The wire.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="number">Which packet of its host's it is, from 1; 0 when a rule cannot say it.</param>
    /// <param name="fault">The fault.</param>
    public delegate void ChanceHandler(Wire wire, ReadOnlySpan<byte> frame, long number, Fault fault);

    /// <summary>Called with a frame that was dropped, and why.</summary>
    public delegate void DropHandler(ReadOnlySpan<byte> frame, string reason);

    /// <summary>What happens to the frames.</summary>
    public ImpairedLink Link { get; }

    /// <summary>The packets in the words of a rule: "from api", "to api".</summary>
    public string Name { get; }

    private (long Mtu, long Down, long Queue) DropCounts =>
        (Link.Counters.MtuDrops, Link.Counters.DownDrops, Link.Counters.QueueDrops);

    private MonotonicTime Now => new(_world.Clock.GetTimestamp());

    /// <summary>Counts a packet that the host at the near end has made, and returns its number, from 1.</summary>
    public long Count() => ++_made;

    /// <summary>Sends a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="number">Which packet of its host's it is, from 1; 0 when a rule cannot say it.</param>
    public void Send(ReadOnlySpan<byte> frame, long number = 0)
    {
        var before = DropCounts;
        Link.Offer(frame, Now);
        if (DropCounts != before)
            _onDrop(frame, DescribeDrop(before));
        foreach (var fault in _struck)
            _onChance(this, frame, number, fault);
        _struck.Clear();
        SetTimer();
    }

    private string DescribeDrop((long Mtu, long Down, long Queue) before) => DropCounts switch
    {
        var counts when counts.Mtu != before.Mtu =>
            FormattableString.Invariant($"larger than the MTU of the link {Name} ({Link.Impairment.Mtu} bytes)"),
        var counts when counts.Down != before.Down => $"the link {Name} is down",
        _ => $"the queue of the link {Name} is full",
    };

    private void Deliver()
    {
        lock (_world.Gate)
        {
            _due = long.MaxValue;
            while (Link.TryDequeue(Now, out var frame))
            {
                _end.Accept(frame);
                Link.Return(frame);
            }

            SetTimer();
        }
    }

    private void SetTimer()
    {
        var next = Link.NextArrival;
        if (next == MonotonicTime.Never || next.Ticks >= _due)
            return;
        _due = next.Ticks;
        _timer.Change(new TimeSpan(Math.Max(0, _due - Now.Ticks)), Timeout.InfiniteTimeSpan);
    }
}

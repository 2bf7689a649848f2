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
    private readonly List<Fault> _struck;
    private long _due = long.MaxValue;
    private long _made;

    /// <param name="world">What moves the network.</param>
    /// <param name="link">What happens to the frames.</param>
    /// <param name="struck">Where the link records its faults.</param>
    /// <param name="end">Where they arrive.</param>
    /// <param name="name">The packets in the words of a rule: "from api", "to api".</param>
    /// <param name="onChance">Called with each fault that the link gives to a frame.</param>
    public Wire(
        World world, ImpairedLink link, List<Fault> struck, IFrameSink end, string name, ChanceHandler onChance)
    {
        _struck = struck;
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

    /// <summary>What happens to the frames.</summary>
    public ImpairedLink Link { get; }

    /// <summary>The packets in the words of a rule: "from api", "to api".</summary>
    public string Name { get; }

    private MonotonicTime Now => new(_world.Clock.GetTimestamp());

    /// <summary>Counts a packet that the host at the near end has made, and returns its number, from 1.</summary>
    public long Count() => ++_made;

    /// <summary>Sends a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="number">Which packet of its host's it is, from 1; 0 when a rule cannot say it.</param>
    public void Send(ReadOnlySpan<byte> frame, long number = 0)
    {
        Link.Offer(frame, Now);
        foreach (var fault in _struck)
            _onChance(this, frame, number, fault);
        _struck.Clear();
        SetTimer();
    }

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

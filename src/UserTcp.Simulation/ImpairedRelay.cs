using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Simulation.Links;

namespace UserTcp.Simulation;

/// <summary>
/// One direction of a bad link between two devices: what can be read at one is written to the other in real time, unless it is lost on
/// the way. The other direction is an object of its own, with a thread of its own; both may have the same two devices if those can be
/// read by one thread while another writes. Frames are single segments: a device that cuts and joins them is refused.
/// </summary>
public sealed class ImpairedRelay
{
    /// <summary>Frames that are fetched before those that have arrived are handed on.</summary>
    private const int FramesPerRead = 64;

    private readonly ILinkDevice _from;
    private readonly ILinkDevice _to;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ImpairedLink _link;
    private readonly byte[] _frame;

    /// <summary>A direction of a link between two devices, which stay the caller's.</summary>
    /// <param name="from">Where frames come from.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="impairment">What happens to them.</param>
    /// <param name="direction">0 or 1: the two directions of a link with one seed have faults of their own.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The first device cuts and joins segments (<see cref="LinkProperties.SegmentationOffload"/>).</exception>
    public ImpairedRelay(ILinkDevice from, ILinkDevice to, LinkImpairment impairment, int direction, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(impairment);
        ArgumentOutOfRangeException.ThrowIfNegative(direction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(direction, 1);
        if (from.Properties.SegmentationOffload)
            throw new ArgumentException($"The device {from.Name} cuts and joins segments, so there is no single one to lose.", nameof(from));
        (_from, _to) = (from, to);
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _frame = new byte[from.Properties.Mtu];
        // Where nobody would notice a wrong checksum, as with the devices of ImpairedDevice, what is corrupted is lost.
        _link = new ImpairedLink(impairment, direction, new DrawnFaults(impairment, direction), !to.Properties.ChecksumOffload)
        {
            Limit = impairment.Queue,
        };
    }

    /// <summary>Packets that are on their way.</summary>
    public int PacketsInside => _link.Count;

    private MonotonicTime Now => new(_clock.GetElapsedTime(_start).Ticks);

    /// <summary>
    /// Takes what there is to be read and hands on what has arrived by now, or else waits for either, to <paramref name="slack"/> before
    /// the next arrival: who wants frames to be on time calls again and again then. Ends at once after <see cref="ILinkDevice.Wake"/> of
    /// the first device.
    /// </summary>
    /// <exception cref="IOException">A device is gone.</exception>
    public void Turn(TimeSpan slack = default)
    {
        var now = Now;
        var isIdle = true;
        for (var frames = 0; frames < FramesPerRead && _from.Read(_frame) is > 0 and var count; frames++)
        {
            _link.Offer(_frame.AsSpan(0, count), now);
            isIdle = false;
        }

        isIdle &= !HandOn(now);
        if (isIdle)
            Wait(slack);
    }

    private bool HandOn(MonotonicTime now)
    {
        var hasArrived = false;
        while (_link.TryTake(now, out var frame))
        {
            _to.Write(new Emission(frame.AsSpan()));
            _link.Return(frame);
            hasArrived = true;
        }

        return hasArrived;
    }

    private void Wait(TimeSpan slack)
    {
        var next = _link.NextArrival;
        if (next == MonotonicTime.Never)
        {
            _from.Wait(Timeout.InfiniteTimeSpan);
            return;
        }

        var left = next - Now - slack;
        if (left > TimeSpan.Zero)
            _from.Wait(left);
    }
}

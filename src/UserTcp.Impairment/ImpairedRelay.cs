using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment;

/// <summary>
/// One direction of a bad link between two devices: it reads frames from one device and writes them to the other, in
/// real time.
/// </summary>
/// <remarks>
/// A second relay on a second thread serves the opposite direction. Both can use the same two devices, if a device
/// allows one thread to read while another writes. A frame holds one segment, so a device with segmentation offload is
/// refused. What a seed repeats is as in <see cref="ImpairedDevice"/>.
/// </remarks>
public sealed class ImpairedRelay : IDisposable
{
    /// <summary>The maximum number of frames that one turn reads, so that a flood cannot hold up arrivals.</summary>
    private const int FramesPerRead = 64;

    private readonly ILinkDevice _from;
    private readonly ILinkDevice _to;
    private readonly ArrivalAlarm _alarm;
    private readonly ImpairedLink _link;
    private readonly byte[] _frame;

    /// <summary>Connects two devices. The caller still owns them.</summary>
    /// <param name="from">The device to read from.</param>
    /// <param name="to">The device to write to.</param>
    /// <param name="impairment">The impairment.</param>
    /// <param name="direction">The direction, 0 or 1. Two directions with the same seed have different faults.</param>
    /// <param name="clock">The clock of delays and rates; null for the system clock.</param>
    /// <exception cref="ArgumentException">
    /// The device to read from has segmentation offload (<see cref="LinkProperties.SegmentationOffload"/>).
    /// </exception>
    public ImpairedRelay(
        ILinkDevice from, ILinkDevice to, LinkImpairment impairment, int direction, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(impairment);
        ArgumentOutOfRangeException.ThrowIfNegative(direction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(direction, 1);
        if (from.Properties.SegmentationOffload)
        {
            throw new ArgumentException(
                $"The device {from.Name} has segmentation offload, so single segments cannot be lost.", nameof(from));
        }

        (_from, _to) = (from, to);
        _alarm = new ArrivalAlarm(from, clock);
        _frame = new byte[from.Properties.Mtu];
        _link = new ImpairedLink(new LinkDirection(impairment, direction, new FlowTable(direction)))
        {
            HasChecksums = !to.Properties.ChecksumOffload,
            LimitsFlight = true,
        };
    }

    /// <summary>The impairment; see <see cref="ImpairedLink.Impairment"/>. Any thread.</summary>
    public LinkImpairment Impairment
    {
        get => _link.Impairment;
        set => _link.Impairment = value;
    }

    /// <summary>What has become of the frames. Any thread.</summary>
    public LinkCounters Counters => _link.Counters;

    /// <summary>
    /// What has become of the triggers of this direction, and of the opposite one (<see cref="PairWith"/>). Any thread.
    /// </summary>
    public IReadOnlyList<LinkTriggerCount> TriggerCounts => _link.TriggerCounts;

    /// <inheritdoc cref="ImpairedLink.Observer"/>
    public ILinkObserver? Observer
    {
        get => _link.Observer;
        set => _link.Observer = value;
    }

    /// <summary>Packets in flight.</summary>
    public int PacketsInFlight => _link.Count;

    /// <summary>
    /// Reads frames and forwards those that have arrived. When there are none, waits for a frame to read, for the next
    /// arrival, or for <see cref="ILinkDevice.Wake"/> of the device to read from.
    /// </summary>
    /// <param name="slack">
    /// How long before the next arrival the wait ends. The caller spins for that time, so that frames arrive on time.
    /// </param>
    /// <exception cref="IOException">A device is gone or broken.</exception>
    public void Turn(TimeSpan slack = default)
    {
        var isIdle = true;
        for (var frames = 0; frames < FramesPerRead && _from.Read(_frame) is > 0 and var count; frames++)
        {
            // Not the time before the loop: a thread that was preempted meanwhile would shorten the delay.
            _link.Offer(_frame.AsSpan(0, count), _alarm.Now);
            isIdle = false;
        }

        isIdle &= !Forward(_alarm.Now);
        if (isIdle)
            Wait(slack);
    }

    /// <summary>
    /// Makes another relay the opposite direction, before the first turn of either; see
    /// <see cref="ImpairedLink.PairWith"/>.
    /// </summary>
    public void PairWith(ImpairedRelay opposite)
    {
        ArgumentNullException.ThrowIfNull(opposite);
        _link.PairWith(opposite._link);
    }

    /// <summary>Ends the timer of a clock other than the system's. The devices stay the caller's.</summary>
    public void Dispose() => _alarm.Dispose();

    private bool Forward(MonotonicTime now)
    {
        var hasArrived = false;
        while (_link.TryDequeue(now, out var frame))
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
        if (next != MonotonicTime.Never)
            next -= slack;
        if (next > _alarm.Now)
            _alarm.Wait(next, Timeout.InfiniteTimeSpan);
    }
}

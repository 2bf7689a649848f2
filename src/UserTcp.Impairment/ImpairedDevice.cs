using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment;

/// <summary>
/// A device behind a bad link: frames are lost, delayed, reordered, duplicated and corrupted in both directions, in
/// real time.
/// </summary>
/// <remarks>
/// <para>
/// What a seed repeats: the fate of the n-th packet of a flow in a direction. A hash of the seed, the direction, the
/// flow and n decides it, so no other flow changes it. A flow is named by the addresses, the server's port and how many
/// flows to that port came before: the first connection to port 80 has the same fates in each run, whatever its
/// client's port is.
/// </para>
/// <para>
/// What a seed does not repeat: which packets there are, and when. In real time a sender may send one segment more or
/// an ACK less, and the n-th packet is then another one. A full queue depends on the time as well. So two runs have
/// similar numbers of retransmissions, not the same. Runs that repeat exactly need virtual time
/// (<c>UserTcp.Simulation</c>).
/// </para>
/// <para>
/// Triggers (<see cref="LinkImpairment.Triggers"/>) count the packets of a connection in both directions together, when
/// both have the impairment given as one; with two, each counts those of its direction.
/// </para>
/// <para>
/// A frame holds one segment, so a device with segmentation offload is refused. With checksum offload
/// (<see cref="LinkProperties.ChecksumOffload"/>) a corrupted frame is lost, because the peer would drop it. All queues
/// of a device share the rate and the flows.
/// </para>
/// </remarks>
public sealed class ImpairedDevice : ILinkDevice, IObservableLink
{
    /// <summary>
    /// The maximum number of frames that one <see cref="Read"/> moves from the inner device, so that a flood cannot
    /// block the caller.
    /// </summary>
    private const int FramesPerRead = 64;

    private readonly ILinkDevice _inner;
    private readonly ArrivalAlarm _alarm;
    private readonly LinkDirection _outbound;
    private readonly LinkDirection _inbound;
    private readonly ImpairedLink _out;
    private readonly ImpairedLink _in;
    private readonly byte[] _frame;

    /// <summary>Wraps a device and owns it.</summary>
    /// <param name="inner">The device.</param>
    /// <param name="outbound">The impairment of written frames.</param>
    /// <param name="inbound">The impairment of read frames; null for that of <paramref name="outbound"/>.</param>
    /// <param name="clock">
    /// The clock of delays and rates; null for the system clock. With another one, such as a fake clock of a test, a
    /// frame arrives when that clock says so, and wakes the stack. The stack's own timers follow the system clock.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The device has segmentation offload (<see cref="LinkProperties.SegmentationOffload"/>).
    /// </exception>
    public ImpairedDevice(
        ILinkDevice inner, LinkImpairment outbound, LinkImpairment? inbound = null, TimeProvider? clock = null)
        : this(
            Checked(inner), Direction(outbound ?? throw new ArgumentNullException(nameof(outbound)), 0),
            Direction(inbound ?? outbound, 1), clock)
    {
        _outbound.PairWith(_inbound);
        Queues = [this, .. inner.Queues.Skip(1).Select(queue => new ImpairedDevice(queue, _outbound, _inbound, clock))];
    }

    /// <summary>A queue of the device.</summary>
    private ImpairedDevice(ILinkDevice inner, LinkDirection outbound, LinkDirection inbound, TimeProvider? clock)
    {
        _inner = inner;
        _alarm = new ArrivalAlarm(inner, clock);
        _frame = new byte[inner.Properties.Mtu];
        (_outbound, _inbound) = (outbound, inbound);
        (_out, _in) = (Link(outbound), Link(inbound));
        Queues = [this];

        ImpairedLink Link(LinkDirection direction) => new(direction)
        {
            HasChecksums = !inner.Properties.ChecksumOffload,
            LimitsFlight = true,
        };
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public LinkProperties Properties => _inner.Properties;

    /// <inheritdoc/>
    public IReadOnlyList<ILinkDevice> Queues { get; }

    /// <summary>
    /// The impairment of written frames, at all queues. Any thread may change it while the stack runs:
    /// <c>loss=100%</c> cuts the link, and <see cref="LinkImpairment.None"/> heals it. Packets in flight still arrive
    /// at the times that they have got. The packet numbers of the flows go on.
    /// </summary>
    public LinkImpairment Outbound
    {
        get => _out.Impairment;
        set => _out.Impairment = value;
    }

    /// <summary>The impairment of read frames; see <see cref="Outbound"/>.</summary>
    public LinkImpairment Inbound
    {
        get => _in.Impairment;
        set => _in.Impairment = value;
    }

    /// <summary>What has become of written frames, at all queues. Any thread.</summary>
    public LinkCounters OutboundCounters => _out.Counters;

    /// <summary>What has become of read frames, at all queues. Any thread.</summary>
    public LinkCounters InboundCounters => _in.Counters;

    /// <summary>What has become of the triggers of both directions, at all queues. Any thread.</summary>
    public IReadOnlyList<LinkTriggerCount> TriggerCounts => _outbound.Pair.TriggerCounts;

    /// <inheritdoc/>
    public ILinkObserver? LinkObserver
    {
        get => _outbound.Pair.Observer;
        set => _outbound.Pair.Observer = value;
    }

    /// <summary>Packets in flight at this queue, in both directions.</summary>
    internal int PacketsInFlight => _out.Count + _in.Count;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        Flush(_alarm.Now);
        // Each frame by its own time: a thread that is preempted in the loop must not shorten the delay.
        for (var frames = 0; frames < FramesPerRead && _inner.Read(_frame) is > 0 and var count; frames++)
            _in.Offer(_frame.AsSpan(0, count), _alarm.Now);
        if (!_in.TryDequeue(_alarm.Now, out var frame))
            return 0;
        frame.AsSpan().CopyTo(buffer);
        _in.Return(frame);
        return frame.Count;
    }

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        var now = _alarm.Now;
        if (frame.Length > _frame.Length)
            return false;
        _out.Offer(_frame.AsSpan(0, frame.CopyTo(_frame)), now);
        Flush(now);
        return true;
    }

    /// <summary>Waits like the inner device, but not beyond the next arrival at either end of the bad link.</summary>
    public void Wait(TimeSpan timeout)
    {
        Flush(_alarm.Now);
        _alarm.Wait(MonotonicTime.Min(_in.NextArrival, _out.NextArrival), timeout);
        Flush(_alarm.Now);
    }

    /// <inheritdoc/>
    public void Wake() => _inner.Wake();

    /// <summary>
    /// Disposes of the inner device. Packets on their way to it arrive at once: among them are the last ones of
    /// connections. Those on their way here are lost.
    /// </summary>
    public void Dispose()
    {
        foreach (var queue in Queues.Cast<ImpairedDevice>())
        {
            queue._alarm.Dispose();
            queue.Flush(MonotonicTime.Never);
            queue._in.Clear();
            queue._out.Clear();
        }

        _inner.Dispose();
    }

    private static ILinkDevice Checked(ILinkDevice inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner.Properties.SegmentationOffload
            ? throw new ArgumentException(
                $"The device {inner.Name} has segmentation offload, so single segments cannot be lost: open it with "
                + "Offload = false.",
                nameof(inner))
            : inner;
    }

    private static LinkDirection Direction(LinkImpairment impairment, int number) =>
        new(impairment, number, new FlowTable(number));

    /// <summary>Writes the frames that have arrived to the inner device.</summary>
    private void Flush(MonotonicTime now)
    {
        while (_out.TryDequeue(now, out var frame))
        {
            _inner.Write(new Emission(frame.AsSpan()));
            _out.Return(frame);
        }
    }
}

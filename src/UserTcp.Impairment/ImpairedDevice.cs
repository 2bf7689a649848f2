using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment;

/// <summary>
/// A device behind a bad link: frames are lost, delayed, reordered, duplicated and corrupted in both directions, in
/// real time.
/// </summary>
/// <remarks>
/// A frame holds one segment, so a device with segmentation offload is refused. With checksum offload
/// (<see cref="LinkProperties.ChecksumOffload"/>) a corrupted frame is lost, because the peer would drop it. The queues
/// of a device share the rate, and each queue has faults of its own.
/// </remarks>
public sealed class ImpairedDevice : ILinkDevice
{
    private const int Outbound = 0;
    private const int Inbound = 1;

    /// <summary>
    /// The maximum number of frames that one <see cref="Read"/> moves from the inner device, so that a flood cannot
    /// block the caller.
    /// </summary>
    private const int FramesPerRead = 64;

    private readonly ILinkDevice _inner;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ImpairedLink _out;
    private readonly ImpairedLink _in;
    private readonly byte[] _frame;

    /// <summary>Wraps a device and owns it.</summary>
    /// <param name="inner">The device.</param>
    /// <param name="outbound">The impairment of written frames.</param>
    /// <param name="inbound">The impairment of read frames; null for that of <paramref name="outbound"/>.</param>
    /// <param name="clock">The clock; null for the system clock.</param>
    /// <exception cref="ArgumentException">
    /// The device has segmentation offload (<see cref="LinkProperties.SegmentationOffload"/>).
    /// </exception>
    public ImpairedDevice(
        ILinkDevice inner, LinkImpairment outbound, LinkImpairment? inbound = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(outbound);
        if (inner.Properties.SegmentationOffload)
        {
            throw new ArgumentException(
                $"The device {inner.Name} has segmentation offload, so single segments cannot be lost: open it with "
                + "Offload = false.",
                nameof(inner));
        }

        inbound ??= outbound;
        _inner = inner;
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _frame = new byte[inner.Properties.Mtu];
        _out = Link(outbound, Outbound, new Bottleneck(outbound));
        _in = Link(inbound, Inbound, new Bottleneck(inbound));
        Queues = [this, .. inner.Queues.Skip(1)
            .Select((queue, index) => new ImpairedDevice(this, queue, index + 1, outbound, inbound))];
    }

    /// <summary>A further queue of the device, whose two directions have numbers of their own.</summary>
    private ImpairedDevice(
        ImpairedDevice first, ILinkDevice inner, int number, LinkImpairment outbound, LinkImpairment inbound)
    {
        _inner = inner;
        (_clock, _start) = (first._clock, first._start);
        _frame = new byte[inner.Properties.Mtu];
        _out = Link(outbound, (2 * number) + Outbound, first._out.Bottleneck);
        _in = Link(inbound, (2 * number) + Inbound, first._in.Bottleneck);
        Queues = [this];
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public LinkProperties Properties => _inner.Properties;

    /// <inheritdoc/>
    public IReadOnlyList<ILinkDevice> Queues { get; }

    /// <summary>Packets in flight, in both directions.</summary>
    internal int PacketsInFlight => _out.Count + _in.Count;

    private MonotonicTime Now => new(_clock.GetElapsedTime(_start).Ticks);

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        Flush(Now);
        // Each frame by its own time: a thread that is preempted in the loop must not shorten the delay.
        for (var frames = 0; frames < FramesPerRead && _inner.Read(_frame) is > 0 and var count; frames++)
            _in.Offer(_frame.AsSpan(0, count), Now);
        if (!_in.TryDequeue(Now, out var frame))
            return 0;
        frame.AsSpan().CopyTo(buffer);
        _in.Return(frame);
        return frame.Count;
    }

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        var now = Now;
        if (frame.Length > _frame.Length)
            return false;
        _out.Offer(_frame.AsSpan(0, frame.CopyTo(_frame)), now);
        Flush(now);
        return true;
    }

    /// <summary>Waits like the inner device, but not beyond the next arrival at either end of the bad link.</summary>
    public void Wait(TimeSpan timeout)
    {
        var now = Now;
        Flush(now);
        var next = MonotonicTime.Min(_in.NextArrival, _out.NextArrival);
        if (next != MonotonicTime.Never)
        {
            var left = next > now ? next - now : TimeSpan.Zero;
            if (timeout == Timeout.InfiniteTimeSpan || left < timeout)
                timeout = left;
        }

        _inner.Wait(timeout);
        Flush(Now);
    }

    /// <inheritdoc/>
    public void Wake() => _inner.Wake();

    /// <summary>Disposes of the inner device; packets in flight are lost.</summary>
    public void Dispose()
    {
        foreach (var queue in Queues.Cast<ImpairedDevice>())
        {
            queue._in.Clear();
            queue._out.Clear();
        }

        _inner.Dispose();
    }

    private ImpairedLink Link(LinkImpairment impairment, int number, Bottleneck bottleneck) =>
        new(impairment, number)
        {
            HasChecksums = !_inner.Properties.ChecksumOffload,
            MaxPackets = impairment.Queue,
            Bottleneck = bottleneck,
        };

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

using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Simulation.Links;

namespace UserTcp.Simulation;

/// <summary>
/// A device with a bad link before it, in both directions: it loses, delays, reorders, duplicates and corrupts what the device it wraps
/// carries, in real time. On a link whose checksums are somebody else's (<see cref="LinkProperties.ChecksumOffload"/>) a corrupted frame
/// is lost, since that one would throw it away. It carries one segment in a frame: a device that cuts and joins segments is refused. The
/// queues of a device share the rate; what goes wrong with a frame is drawn for each queue by itself.
/// </summary>
public sealed class ImpairedDevice : ILinkDevice
{
    private const int Outbound = 0;
    private const int Inbound = 1;

    /// <summary>Frames that one call fetches from the inner device at most: what floods it must not hold up the caller.</summary>
    private const int FramesPerRead = 64;

    private readonly ILinkDevice _inner;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ImpairedLink _out;
    private readonly ImpairedLink _in;
    private readonly byte[] _frame;

    /// <summary>Wraps a device, which is this object's from now on.</summary>
    /// <param name="inner">The device.</param>
    /// <param name="outbound">What happens to frames that are written.</param>
    /// <param name="inbound">What happens to frames that are read; null for the same.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">The device cuts and joins segments (<see cref="LinkProperties.SegmentationOffload"/>).</exception>
    public ImpairedDevice(ILinkDevice inner, LinkImpairment outbound, LinkImpairment? inbound = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(outbound);
        if (inner.Properties.SegmentationOffload)
        {
            throw new ArgumentException(
                $"The device {inner.Name} cuts and joins segments, so there is no single one to lose: open it with Offload = false.", nameof(inner));
        }

        inbound ??= outbound;
        _inner = inner;
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _frame = new byte[inner.Properties.Mtu];
        _out = Link(outbound, Outbound, new Bottleneck(outbound));
        _in = Link(inbound, Inbound, new Bottleneck(inbound));
        Queues = [this, .. inner.Queues.Skip(1).Select((queue, index) => new ImpairedDevice(this, queue, index + 1, outbound, inbound))];
    }

    /// <summary>A further queue of a device, with links of its own number.</summary>
    private ImpairedDevice(ImpairedDevice first, ILinkDevice inner, int number, LinkImpairment outbound, LinkImpairment inbound)
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

    /// <summary>Packets that are on their way, in either direction.</summary>
    internal int PacketsInside => _out.Count + _in.Count;

    private MonotonicTime Now => new(_clock.GetElapsedTime(_start).Ticks);

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var now = Now;
        Flush(now);
        for (var frames = 0; frames < FramesPerRead && _inner.Read(_frame) is > 0 and var count; frames++)
            _in.Offer(_frame.AsSpan(0, count), now);
        if (!_in.TryTake(now, out var frame))
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

    /// <summary>Waits as the inner device does, but no longer than until the next frame arrives at either end of the bad link.</summary>
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

    /// <summary>Disposes of the inner device; what is on its way is lost.</summary>
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
        new(impairment, number, new DrawnFaults(impairment, number), hasChecksums: !_inner.Properties.ChecksumOffload)
        {
            Limit = impairment.Queue,
            Bottleneck = bottleneck,
        };

    private void Flush(MonotonicTime now)
    {
        while (_out.TryTake(now, out var frame))
        {
            _inner.Write(new Emission(frame.AsSpan()));
            _out.Return(frame);
        }
    }
}

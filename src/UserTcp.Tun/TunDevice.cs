using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tmds.Linux;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;
using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>
/// A Linux TUN interface without packet information (IFF_NO_PI): each read and each write is one IP packet. With
/// offload it is a super-segment of up to 64 KB. The kernel removes the interface when this object is disposed or its
/// process ends, unless the interface is persistent. One thread may read and wait while another one writes.
/// </summary>
public sealed unsafe class TunDevice : ILinkDevice
{
    /// <summary>
    /// The max slices of a gather write; more are copied together. A segment rarely has more than a few.
    /// </summary>
    internal const int MaxPieces = 16;

    /// <summary>The max wait after failed reads is 2 to the power of this, in milliseconds.</summary>
    private const int MaxBackOff = 6;

    /// <summary>Up to this length in bytes, copying a frame into one buffer costs less than a gather write.</summary>
    private const int SmallFrame = 2048;

    private readonly SafeDescriptor _tun;
    private readonly WakeEvent _wake;
    private readonly byte[] _gathered;
    private readonly ArrivingCut? _arriving;

    /// <summary>The bytes of the header before each frame.</summary>
    private readonly int _prefix;
    private TunDevice[] _others = [];
    private long _droppedFrames;
    private long _refusedFrames;

    /// <summary>Successive reads that failed although poll had reported the device as readable.</summary>
    private int _failedReads;
    private byte[]? _cut;
    private byte[]? _relayed;

    /// <summary>
    /// A device over a descriptor, which this object then owns. Tests use other descriptors than a TUN device's.
    /// </summary>
    internal TunDevice(SafeDescriptor tun, string name, int index, TunDeviceOptions options, LinkProperties properties)
    {
        _wake = new WakeEvent();
        _tun = tun;
        Name = name;
        InterfaceIndex = index;
        Properties = properties;
        _arriving = options.Offload && options.CutArriving ? new ArrivingCut(options.Mtu) : null;
        _prefix = options.Offload ? VirtioHeader.Length : 0;
        _gathered = new byte[_prefix + Properties.MaxFrame];
    }

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    /// <summary>The interface's number in its network namespace, from 1.</summary>
    public int InterfaceIndex { get; }

    /// <inheritdoc/>
    public LinkProperties Properties { get; private set; }

    /// <summary>Frames dropped because of an invalid virtio header or a wrong checksum.</summary>
    public long DroppedFrames => _droppedFrames + _others.Sum(queue => queue._droppedFrames);

    /// <summary>
    /// Reads and writes that failed with EINVAL, ENOBUFS, ENOMEM, EIO, or for writes EAGAIN. Each loses one frame at
    /// most.
    /// </summary>
    public long RefusedFrames => _refusedFrames + _others.Sum(queue => queue._refusedFrames);

    /// <inheritdoc/>
    public IReadOnlyList<ILinkDevice> Queues => [this, .. _others];

    /// <summary>
    /// True after the kernel has refused to cut a frame: this class then cuts frames itself. Tests set it.
    /// </summary>
    public bool IsCutHere
    {
        get => _cut is not null;
        internal set => _cut = value ? new byte[_prefix + Properties.Mtu] : null;
    }

    /// <summary>
    /// Creates an interface, or attaches to a persistent one, in the calling thread's network namespace, and configures
    /// it. It changes only what differs, so that a device prepared for a user can be opened without any privilege.
    /// </summary>
    /// <exception cref="TunException">
    /// The device cannot be opened or configured; the message says why and how to fix it.
    /// </exception>
    public static TunDevice Open(TunDeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        // An interface with several queues would let another process have some of them.
        var isInUse = options.Queues > 1 && InterfaceSetup.IsInUse(options.Name);
        var (tun, name) = TunQueue.Open(options.ClonePath, options.Name, options);
        var queues = new List<TunDevice>();
        try
        {
            if (isInUse)
                throw TunException.OnAttach(options.ClonePath, name, hasQueues: true, EBUSY);
            var index = InterfaceSetup.Apply(name, options);
            var properties = PropertiesOf(options);
            queues.Add(new TunDevice(tun, name, index, options, properties));
            while (queues.Count < options.Queues)
            {
                queues.Add(new TunDevice(
                    TunQueue.Open(options.ClonePath, name, options).Descriptor, name, index, options, properties));
            }

            queues[0]._others = [.. queues.Skip(1)];
            return queues[0];
        }
        catch
        {
            queues.ForEach(queue => queue.Dispose());
            tun.Dispose();
            throw;
        }
    }

    /// <summary>
    /// True when the calling thread may create interfaces in its network namespace, so that <see cref="Open"/> needs no
    /// prepared one. Creates nothing.
    /// </summary>
    public static bool MayCreate(string clonePath)
    {
        ArgumentNullException.ThrowIfNull(clonePath);
        return TunQueue.MayCreate(clonePath);
    }

    /// <summary>
    /// Adds an address to the kernel's end, for a caller that first has to know the interface's <see cref="Name"/>.
    /// Only a stack that starts later uses it.
    /// </summary>
    /// <exception cref="TunException">The kernel refuses it.</exception>
    public void AddKernelAddress(TunAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        InterfaceSetup.Add(Name, address);
        if (address.Broadcast is not { } broadcast)
            return;
        var properties = Properties with { BroadcastAddresses = [.. Properties.BroadcastAddresses, broadcast] };
        foreach (var queue in new[] { this }.Concat(_others))
            queue.Properties = properties;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        if (_prefix == 0)
            return ReadPieces(buffer, default);
        if (_arriving is not null)
            return ReadCut(buffer);
        Span<byte> header = stackalloc byte[VirtioHeader.Length];
        while (true)
        {
            var count = ReadPieces(header, buffer) - VirtioHeader.Length;
            if (count <= 0)
                return 0;
            if (VirtioHeader.IsAcceptable(header, buffer[..count]))
                return count;
            _droppedFrames++;
        }
    }

    /// <summary>
    /// Reads one frame without waiting, and writes it to another device unchanged, with its virtio header. False when
    /// there is none. Both devices have offload.
    /// </summary>
    /// <exception cref="TunException">A device is gone.</exception>
    public bool TryRelay(TunDevice to)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (_prefix != to._prefix)
        {
            throw new ArgumentException(
                $"Of {Name} and {to.Name} one has headers before its frames, the other not.", nameof(to));
        }

        _relayed ??= new byte[_gathered.Length];
        var count = ReadPieces(_relayed, default);
        if (count <= 0)
            return false;
        fixed (byte* start = _relayed)
        {
            if (!to.WritePiece(start, count, default))
                _droppedFrames++;
        }

        return true;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public bool Write(in Emission frame)
    {
        if (frame.Length > (frame.SegmentSize > 0 ? Properties.MaxFrame : Properties.Mtu))
            return false;
        if (frame.SegmentSize > 0 && IsCutHere)
            return WriteCut(frame);
        if (frame.Length <= SmallFrame)
            return WriteGathered(frame);
        var pieces = stackalloc iovec[MaxPieces];
        fixed (byte* start = _gathered)
        {
            var count = 0;
            pieces[count++] = new iovec { iov_base = start, iov_len = PutHeaders(frame) };
            foreach (var piece in frame.Payload)
            {
                if (count == MaxPieces)
                    return WriteGathered(frame);
                // Blocks are pinned, and the frame holds them: their addresses stay valid.
                pieces[count++] = new iovec
                {
                    iov_base = Unsafe.AsPointer(ref MemoryMarshal.GetReference(piece)),
                    iov_len = piece.Length,
                };
            }

            return WritePieces(pieces, count, frame);
        }
    }

    /// <summary>
    /// Sleeps until a frame can be read, <see cref="Wake"/> is called, or <paramref name="timeout"/> passes, to the
    /// nanosecond; infinite means no timeout. It may return early, also when the interface is gone: then
    /// <see cref="Read"/> throws.
    /// </summary>
    public void Wait(TimeSpan timeout)
    {
        // A device that is readable but whose reads fail would end each wait at once. It is not polled for a while.
        var isRefused = _failedReads > 0;
        if (isRefused)
            timeout = Shorter(timeout, TimeSpan.FromMilliseconds(1 << Math.Min(_failedReads, MaxBackOff)));
        var isInfinite = timeout == Timeout.InfiniteTimeSpan;
        if ((timeout <= TimeSpan.Zero && !isInfinite) || !_wake.TryBeginWait())
            return;
        var descriptors = stackalloc pollfd[2];
        descriptors[0] = new pollfd { fd = isRefused ? -1 : _tun.Number, events = POLLIN };
        descriptors[1] = new pollfd { fd = _wake.Descriptor.Number, events = POLLIN };
        var limit = new timespec
        {
            tv_sec = timeout.Ticks / TimeSpan.TicksPerSecond,
            tv_nsec = (long_t)(timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick),
        };
        // A signal that interrupts poll is one more early return: nothing is readable.
        _ = ppoll(descriptors, 2, isInfinite ? null : &limit, null);
        _wake.EndWait((descriptors[1].revents & POLLIN) != 0);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The device was disposed while a thread slept in it.</exception>
    public void Wake() => _wake.Signal();

    /// <summary>Closes the interface with all queues. The kernel removes it at once, unless it is persistent.</summary>
    public void Dispose()
    {
        _tun.Dispose();
        _wake.Dispose();
        foreach (var queue in _others)
            queue.Dispose();
    }

    /// <summary>
    /// True for an error of one frame or of the moment, not of the device: no memory, an invalid frame, an interface
    /// that is down.
    /// </summary>
    private static bool IsLoss(int error) => error == ENOBUFS || error == ENOMEM || error == EINVAL || error == EIO;

    private static TimeSpan Shorter(TimeSpan timeout, TimeSpan limit) =>
        timeout == Timeout.InfiniteTimeSpan || timeout > limit ? limit : timeout;

    /// <summary>The state that all queues of an interface share.</summary>
    internal static LinkProperties PropertiesOf(TunDeviceOptions options)
    {
        var isWhole = options.Offload && !options.CutArriving;
        return new LinkProperties(options.Mtu, ChecksumOffload: isWhole, SegmentationOffload: isWhole)
        {
            BroadcastAddresses = [.. options.KernelAddresses.Select(address => address.Broadcast).OfType<IpAddress>()],
        };
    }

    private bool WriteGathered(in Emission frame)
    {
        var length = PutHeaders(frame);
        foreach (var piece in frame.Payload)
        {
            piece.CopyTo(_gathered.AsSpan(length));
            length += piece.Length;
        }

        fixed (byte* start = _gathered)
            return WritePiece(start, length, frame);
    }

    /// <summary>Writes the virtio header and the frame's headers; returns their length in bytes.</summary>
    private int PutHeaders(in Emission frame)
    {
        // A virtio header of zeros: the frame is complete.
        if (Properties.ChecksumOffload)
            VirtioHeader.Write(_gathered, frame);
        frame.Headers.CopyTo(_gathered.AsSpan(_prefix));
        return _prefix + frame.Headers.Length;
    }

    /// <summary>
    /// Writes segment by segment. True when the kernel has accepted the first; a later failure is a loss on the link.
    /// </summary>
    private bool WriteCut(in Emission frame)
    {
        var cutter = new SegmentCutter(
            _gathered.AsSpan(0, frame.CopyTo(_gathered)), frame.Headers.Length, frame.SegmentSize);
        var isTaken = false;
        // The virtio header before the segment stays zero: the segment is complete.
        var segment = _cut.AsSpan(_prefix);
        fixed (byte* start = _cut)
        {
            for (var length = cutter.Next(segment); length > 0; length = cutter.Next(segment))
                isTaken |= WritePiece(start, _prefix + length, default);
        }

        return isTaken;
    }

    /// <summary>Reads the next segment: of the frame read last, or else of a new one.</summary>
    private int ReadCut(Span<byte> buffer)
    {
        while (true)
        {
            var length = _arriving!.Next(buffer);
            if (length > 0)
                return length;
            var count = ReadPieces(_arriving.Memory, default);
            if (count <= 0)
                return 0;
            if (!_arriving.TryStart(count))
                _droppedFrames++;
        }
    }

    private int ReadPieces(Span<byte> first, Span<byte> second)
    {
        fixed (byte* firstStart = first, secondStart = second)
        {
            var pieces = stackalloc iovec[2];
            pieces[0] = new iovec { iov_base = firstStart, iov_len = first.Length };
            pieces[1] = new iovec { iov_base = secondStart, iov_len = second.Length };
            while (true)
            {
                var count = readv(_tun, pieces, second.IsEmpty ? 1 : 2);
                if (count >= 0)
                {
                    _failedReads = 0;
                    return (int)count;
                }

                var error = errno;
                if (error == EAGAIN)
                {
                    _failedReads = 0;
                    return 0;
                }

                if (IsLoss(error))
                {
                    _failedReads++;
                    _refusedFrames++;
                    return 0;
                }

                if (error != EINTR)
                    throw TunException.OnUse(Name, error);
            }
        }
    }

    private bool WritePiece(byte* start, int length, in Emission frame)
    {
        var piece = new iovec { iov_base = start, iov_len = length };
        return WritePieces(&piece, 1, frame);
    }

    /// <summary>
    /// False when the kernel refuses the frame: no memory, invalid, or an interface that is down (EIO).
    /// </summary>
    private bool WritePieces(iovec* pieces, int count, in Emission frame)
    {
        while (true)
        {
            if (writev(_tun, pieces, count) >= 0)
                return true;
            var error = errno;
            if (error == EINVAL && frame.SegmentSize > 0)
            {
                IsCutHere = true;
                return WriteCut(frame);
            }

            if (error == EAGAIN || IsLoss(error))
            {
                _refusedFrames++;
                return false;
            }

            if (error != EINTR)
                throw TunException.OnUse(Name, error);
        }
    }
}

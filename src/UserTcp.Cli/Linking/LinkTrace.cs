using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Cli.Linking;

/// <summary>
/// Watches the frames that enter a link, from both sides, and what the link does to them. The two hosts are others'
/// kernels, so their reasons are inferred; the losses are the link's own word. Each direction has a thread.
/// </summary>
internal sealed class LinkTrace : ILinkObserver, IDisposable
{
    private const ushort RawIp = 101;

    private readonly Lock _gate = new();
    private readonly LiveInference _inference = new();
    private readonly TracePrinter? _printer;
    private readonly Action<Exception> _onCaptureError;
    private readonly Direction[] _directions = [new(), new()];
    private PcapngWriter? _capture;
    private long _lastTime;
    private bool _isDirty;

    /// <param name="printer">Prints the events, and is this object's; null for none.</param>
    /// <param name="capture">The capture file, which is this object's; null for none.</param>
    /// <param name="onCaptureError">Called once when the file fails: the link goes on without it.</param>
    public LinkTrace(TracePrinter? printer, PcapngWriter? capture, Action<Exception> onCaptureError) =>
        (_printer, _capture, _onCaptureError) = (printer, capture, onCaptureError);

    /// <summary>A device whose reads are watched.</summary>
    /// <param name="device">The device.</param>
    /// <param name="index">0 for a's end, 1 for b's.</param>
    public ILinkDevice Watch(ILinkDevice device, int index) =>
        new WatchedDevice(device, this, _directions[index], _directions[1 - index]);

    /// <summary>Called by the thread of the direction, right after the read of the frame.</summary>
    public void OnVerdict(in LinkVerdict verdict) => _directions[verdict.Outbound ? 0 : 1].Verdicts.Add(verdict);

    /// <summary>Handles what was read last. Both directions have ended.</summary>
    public void Dispose()
    {
        foreach (var direction in _directions)
            Handle(direction);
        _printer?.Dispose();
        UseCapture(static capture => capture.Dispose());
    }

    /// <summary>Handles the frame that was read before, with all that the link has done to it.</summary>
    private void Handle(Direction direction)
    {
        if (direction.Length == 0)
            return;
        var frame = direction.Frame.AsSpan(0, direction.Length);
        lock (_gate)
        {
            // The other direction may have read a later frame, and handled it before.
            _lastTime = Math.Max(direction.Nanoseconds, _lastTime);
            var packet = new CapturedPacket
            {
                LinkType = RawIp,
                Bytes = frame,
                Length = frame.Length,
                Nanoseconds = _lastTime,
            };
            var events = _inference.Add(packet, direction.Verdicts);
            Capture(isFromA: direction == _directions[0], frame, events);
            foreach (var explained in events)
                _printer?.Add(explained);
        }

        direction.Verdicts.Clear();
        direction.Length = 0;
    }

    /// <summary>Writes the frame with its sentences, as far as it has any, as a comment.</summary>
    private void Capture(bool isFromA, ReadOnlySpan<byte> frame, IReadOnlyList<ExplainedEvent> events)
    {
        if (_capture is not { } capture)
            return;
        var comment = events.Count == 0 ? null : string.Join("; ", events.Select(one => one.Say()));
        try
        {
            capture.Write(_lastTime, isFromA, frame, frame.Length, new PacketNotes { Comment = comment });
            _isDirty = true;
        }
        catch (IOException exception)
        {
            EndCapture(exception);
        }
    }

    /// <summary>A direction rests: what was captured can be read from the file.</summary>
    private void Flush()
    {
        if (Volatile.Read(ref _isDirty))
            UseCapture(static capture => capture.Flush());
    }

    private void UseCapture(Action<PcapngWriter> action)
    {
        lock (_gate)
        {
            _isDirty = false;
            if (_capture is not { } capture)
                return;
            try
            {
                action(capture);
            }
            catch (IOException exception)
            {
                EndCapture(exception);
            }
        }
    }

    private void EndCapture(IOException error)
    {
        var capture = _capture;
        _capture = null;
        try
        {
            capture?.Dispose();
        }
        catch (IOException)
        {
            // The last flush may fail again; the file is closed all the same.
        }

        _onCaptureError(error);
    }

    /// <summary>The last frame of a direction. Its thread's only.</summary>
    private sealed class Direction
    {
        public byte[] Frame { get; set; } = [];

        public int Length { get; set; }

        public long Nanoseconds { get; set; }

        public List<LinkVerdict> Verdicts { get; } = [];
    }

    /// <summary>
    /// An end of the link. The thread of a direction reads from one end, and writes to the other. A frame is handled
    /// before it is written, since its answer may be read at once.
    /// </summary>
    private sealed class WatchedDevice(
        ILinkDevice inner, LinkTrace trace, Direction reading, Direction writing) : DecoratedDevice(inner)
    {
        public override int Read(Span<byte> buffer)
        {
            trace.Handle(reading);
            var count = base.Read(buffer);
            if (count == 0)
                return 0;
            if (reading.Frame.Length < count)
                reading.Frame = new byte[Math.Max(count, Properties.MaxFrame)];
            buffer[..count].CopyTo(reading.Frame);
            reading.Length = count;
            reading.Nanoseconds =
                (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            return count;
        }

        public override bool Write(in Emission frame)
        {
            trace.Handle(writing);
            return base.Write(frame);
        }

        public override void Wait(TimeSpan timeout)
        {
            trace.Flush();
            base.Wait(timeout);
        }
    }
}

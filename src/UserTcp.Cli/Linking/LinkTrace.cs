using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;

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
    private readonly Action<ExplainedEvent>? _print;
    private readonly Action? _flush;
    private readonly PcapngWriter? _capture;
    private readonly Direction[] _directions = [new(), new()];

    /// <param name="form">The form in which events are printed on standard error; null for none.</param>
    /// <param name="style">How they look.</param>
    /// <param name="capture">The capture file, which this object owns; null for none.</param>
    public LinkTrace(EventForm? form, LineStyle style, PcapngWriter? capture)
    {
        _capture = capture;
        if (form == EventForm.Ladder)
        {
            var ladder = new LiveLadder(Console.Error, style);
            (_print, _flush) = (ladder.Print, ladder.Flush);
        }
        else if (form is not null)
        {
            var lines = new EventLine(style);
            _print = one => Write(lines.Format(one));
        }
    }

    /// <summary>A device whose reads are watched.</summary>
    /// <param name="device">The device.</param>
    /// <param name="index">0 for a's end, 1 for b's.</param>
    public ILinkDevice Watch(ILinkDevice device, int index) => new WatchedDevice(device, this, _directions[index]);

    /// <summary>Called by the thread of the direction, right after the read of the frame.</summary>
    public void OnVerdict(in LinkVerdict verdict) => _directions[verdict.Outbound ? 0 : 1].Verdicts.Add(verdict);

    /// <summary>Handles what was read last. Both directions have ended.</summary>
    public void Dispose()
    {
        foreach (var direction in _directions)
            Handle(direction);
        lock (_gate)
        {
            _flush?.Invoke();
            _capture?.Dispose();
        }
    }

    private static void Write(string? lines)
    {
        if (lines is not null)
            Console.Error.WriteLine(lines);
    }

    /// <summary>Handles the frame that was read before, with all that the link has done to it.</summary>
    private void Handle(Direction direction)
    {
        if (direction.Length == 0)
            return;
        var frame = direction.Frame.AsSpan(0, direction.Length);
        lock (_gate)
        {
            var packet = new CapturedPacket
            {
                LinkType = RawIp,
                Bytes = frame,
                Length = frame.Length,
                Nanoseconds = direction.Nanoseconds,
            };
            var events = _inference.Add(packet, direction.Verdicts);
            Capture(direction, frame, events);
            foreach (var explained in events)
                _print?.Invoke(explained);
        }

        direction.Verdicts.Clear();
        direction.Length = 0;
    }

    /// <summary>Writes the frame with its sentences, as far as it has any, as a comment.</summary>
    private void Capture(Direction direction, ReadOnlySpan<byte> frame, IReadOnlyList<ExplainedEvent> events)
    {
        var comment = events.Count == 0 ? null : string.Join("; ", events.Select(one => one.Say()));
        _capture?.Write(
            direction.Nanoseconds, outbound: direction == _directions[0], frame, frame.Length,
            new PacketNotes { Comment = comment });
    }

    /// <summary>The last frame of a direction. Its thread's only.</summary>
    private sealed class Direction
    {
        public byte[] Frame { get; set; } = [];

        public int Length { get; set; }

        public long Nanoseconds { get; set; }

        public List<LinkVerdict> Verdicts { get; } = [];
    }

    private sealed class WatchedDevice(ILinkDevice inner, LinkTrace trace, Direction direction) : ILinkDevice
    {
        public string Name => inner.Name;

        public LinkProperties Properties => inner.Properties;

        public IReadOnlyList<ILinkDevice> Queues => [this];

        public int Read(Span<byte> buffer)
        {
            trace.Handle(direction);
            var count = inner.Read(buffer);
            if (count == 0)
                return 0;
            if (direction.Frame.Length < count)
                direction.Frame = new byte[Math.Max(count, inner.Properties.MaxFrame)];
            buffer[..count].CopyTo(direction.Frame);
            direction.Length = count;
            direction.Nanoseconds =
                (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            return count;
        }

        public bool Write(in UserTcp.Engine.Output.Emission frame) => inner.Write(frame);

        public void Wait(TimeSpan timeout) => inner.Wait(timeout);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}

using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Tests.Captures;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Joining;

/// <summary>A capturing device over a device that a test plays, and the events that its engine would report.</summary>
internal sealed class CaptureRig : IDisposable
{
    private readonly MemoryStream _file = new();
    private readonly PlayedDevice[] _devices;
    private long _number;

    public CaptureRig(int queues = 1, TimeProvider? clock = null, bool observes = true, Stream? file = null)
    {
        _devices = [.. Enumerable.Range(0, queues).Select(_ => new PlayedDevice())];
        _devices[0].Others = _devices[1..];
        Device = new CapturingDevice(_devices[0], new PcapngWriter(file ?? _file, "ut0", 1500), clock);
        Observer = observes ? Device.JoinEvents() : null;
    }

    public CapturingDevice Device { get; }

    public IEngineObserver? Observer { get; }

    /// <summary>The frame of a segment from the client, which is the peer, with that many bytes of data.</summary>
    public static byte[] FrameIn(uint seq, int payload = 10) =>
        new Talk().C(TcpFlags.Ack, seq, 1, payload).Packets[0].Bytes;

    /// <summary>The frame of a segment of ours.</summary>
    public static byte[] FrameOut(uint seq, int payload = 10) =>
        new Talk().S(TcpFlags.Ack, seq, 1, payload).Packets[0].Bytes;

    /// <summary>The event of a frame, as an engine reports it.</summary>
    public static TraceEvent EventOf(byte[] frame, bool sent)
    {
        var packet = new CapturedPacket { LinkType = 101, Bytes = frame, Length = frame.Length };
        Assert.Equal(PacketKind.Tcp, SegmentParser.Parse(packet, out var segment, out var tuple));
        var ours = sent ? tuple : tuple.Reverse;
        return new TraceEvent
        {
            Kind = TraceEventKind.Segment,
            Time = MonotonicTime.Zero,
            Tuple = ours,
            Segment = new SegmentObservation
            {
                Time = MonotonicTime.Zero,
                Sent = sent,
                Tuple = ours,
                Header = segment.Header,
                PayloadLength = segment.PayloadLength,
                Window = segment.Header.Window,
                Timestamps = segment.Timestamps,
                Before = TcpState.Established,
                After = TcpState.Established,
                Reason = sent ? SegmentReason.Data : SegmentReason.None,
                Disposition = sent ? Disposition.None : Disposition.Accepted,
                Meaning = sent ? SegmentMeaning.None : SegmentMeaning.InOrder,
            },
        };
    }

    /// <summary>A queue reads a frame.</summary>
    public void Read(byte[] frame, int queue = 0)
    {
        _devices[queue].Arriving.Enqueue(frame);
        Assert.Equal(frame.Length, Device.Queues[queue].Read(new byte[1500]));
    }

    /// <summary>A queue writes a frame.</summary>
    public bool Write(byte[] frame, int queue = 0, bool accepts = true)
    {
        _devices[queue].Accepts = accepts;
        return Device.Queues[queue].Write(new Emission(frame));
    }

    public void Happens(in TraceEvent traceEvent) => Observer!.OnEvent(traceEvent with { Number = ++_number });

    public void Dispose()
    {
        Device.Dispose();
        _file.Dispose();
    }

    public void Happens(TraceEventKind kind) => Happens(EventOf(FrameIn(1), sent: false) with { Kind = kind });

    /// <summary>Ends the capture, and reads it: the comment of each packet, and the numbers of its events.</summary>
    public IReadOnlyList<(string Comment, string Events)> End()
    {
        Device.Dispose();
        var reader = CaptureReader.Open(new MemoryStream(_file.ToArray()));
        var packets = new List<(string, string)>();
        while (reader.TryRead(out var packet))
        {
            Add(packets, reader.StatisticsOptions);
            packets.Add((string.Join('|', packet.Comments), Numbers(packet.CustomOptions)));
        }

        Add(packets, reader.StatisticsOptions);
        Assert.Null(reader.Error);
        return packets;
    }

    private static void Add(List<(string Comment, string Events)> packets, IReadOnlyList<CustomOption> options)
    {
        if (options.Count > 0)
            packets.Add(("statistics", Numbers(options)));
    }

    private static string Numbers(IEnumerable<CustomOption> options) => string.Join(' ', options.Select(option =>
    {
        Assert.True(EventOption.TryRead(option, out var json));
        return EventParser.TryParse(json)!.Event.Number;
    }));

    private sealed class PlayedDevice : ILinkDevice
    {
        public Queue<byte[]> Arriving { get; } = new();

        public bool Accepts { get; set; } = true;

        public PlayedDevice[] Others { get; set; } = [];

        public string Name => "ut0";

        public LinkProperties Properties { get; } = new(1500);

        public IReadOnlyList<ILinkDevice> Queues => [this, .. Others];

        public int Read(Span<byte> buffer)
        {
            if (!Arriving.TryDequeue(out var frame))
                return 0;
            frame.CopyTo(buffer);
            return frame.Length;
        }

        public bool Write(in Emission frame) => Accepts;

        public void Wait(TimeSpan timeout)
        {
            // A test does not wait.
        }

        public void Wake()
        {
            // Nobody waits.
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }
}

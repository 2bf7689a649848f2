using System.Buffers;
using UserTcp.Capture.Joining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture;

/// <summary>
/// The last frames and events of a stack, in memory. <see cref="Write"/> makes a capture of them, with comments and
/// events, as <see cref="CapturingDevice"/> writes it; until then nothing is explained. Keeps nothing while nobody has
/// asked for it (<see cref="Begin"/>). Any thread.
/// </summary>
public sealed class CaptureRing : IEngineObserver
{
    /// <summary>The queue that this thread has used last: an event of a segment is about its frame.</summary>
    [ThreadStatic]
    private static int s_queue;

    private readonly Lock _gate = new();
    private readonly Queue<KeptFrame> _frames = new();
    private readonly Queue<KeptEvent> _events = new();
    private readonly long _maxBytes;
    private readonly int _maxEvents;
    private readonly TimeProvider _clock;
    private long _bytes;
    private long _order;
    private long _droppedFrames;
    private int _users;
    private string _name = "";
    private int _maxFrame = LinkProperties.DefaultMtu;

    /// <param name="maxBytes">Max memory of frames, in bytes: the oldest frames go.</param>
    /// <param name="maxEvents">Max events.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public CaptureRing(long maxBytes, int maxEvents, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEvents);
        (_maxBytes, _maxEvents, _clock) = (maxBytes, maxEvents, clock ?? TimeProvider.System);
    }

    /// <summary>A local port whose connections are left out; null for none.</summary>
    public int? HiddenPort { get; init; }

    /// <inheritdoc/>
    public bool IsReady => Volatile.Read(ref _users) > 0;

    /// <summary>Frames that are kept.</summary>
    public int Frames
    {
        get
        {
            lock (_gate)
                return _frames.Count;
        }
    }

    /// <summary>Frames that were kept, and had to go.</summary>
    public long DroppedFrames => Interlocked.Read(ref _droppedFrames);

    /// <summary>Keeps frames and events until the result is disposed, and no other one is left.</summary>
    public IDisposable Begin()
    {
        Interlocked.Increment(ref _users);
        return new User(this);
    }

    /// <summary>
    /// Wraps the device that the stack uses itself, and owns it. This ring is the observer of that stack.
    /// </summary>
    public ILinkDevice Wrap(ILinkDevice inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        (_name, _maxFrame) = (inner.Name, inner.Properties.MaxFrame);
        return new RingDevice(this, inner);
    }

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent)
    {
        if (traceEvent.Tuple.LocalPort.Value == HiddenPort)
            return;
        lock (_gate)
        {
            _events.Enqueue(new KeptEvent(++_order, s_queue, traceEvent));
            while (_events.Count > _maxEvents)
                _events.Dequeue();
        }
    }

    /// <summary>Writes what is kept now as a pcapng file, and closes the stream.</summary>
    public void Write(Stream stream)
    {
        KeptFrame[] frames;
        KeptEvent[] events;
        lock (_gate)
        {
            frames = [.. _frames.Select(frame => frame with { Bytes = frame.Bytes[..frame.Length] })];
            // An event before the oldest frame may be that of a frame that is gone.
            var first = _droppedFrames == 0 || frames.Length == 0 ? 0 : frames[0].Order;
            events = [.. _events.Where(one => one.Order > first)];
        }

        var clock = new KeptClock();
        var sink = new CaptureSink(new PcapngWriter(stream, _name, _maxFrame), clock, onError: null, keys: null);
        sink.ExpectEvents();
        Replay(sink, clock, frames, events);
        sink.Close();
    }

    /// <summary>A queue is going to read or to write: the events to come are about its frames.</summary>
    internal static void Enter(int queue) => s_queue = queue;

    /// <summary>Keeps a frame of a queue. A frame that the device has refused is kept without its bytes.</summary>
    internal void Add(int queue, bool isOutbound, ReadOnlySpan<byte> frame, bool isTaken)
    {
        if (!IsReady || (HiddenPort is { } port && FrameEnds.LocalPortOf(frame, isOutbound) == port))
            return;
        var length = isTaken ? frame.Length : 0;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        frame[..length].CopyTo(bytes);
        var time = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        lock (_gate)
        {
            _frames.Enqueue(new KeptFrame(++_order, time, queue, isOutbound, isTaken, bytes, length));
            _bytes += bytes.Length;
            while (_bytes > _maxBytes)
                DropFrame();
        }
    }

    private void DropFrame()
    {
        var oldest = _frames.Dequeue();
        _bytes -= oldest.Bytes.Length;
        if (oldest.IsTaken)
            _droppedFrames++;
        ArrayPool<byte>.Shared.Return(oldest.Bytes);
    }

    /// <summary>Does to a capture what has happened, in its order.</summary>
    private static void Replay(CaptureSink sink, KeptClock clock, KeptFrame[] frames, KeptEvent[] events)
    {
        var queues = new Dictionary<int, CaptureQueue>();
        var next = 0;
        foreach (var frame in frames)
        {
            for (; next < events.Length && events[next].Order < frame.Order; next++)
                Join(sink, QueueOf(events[next].Queue), events[next].Event);
            clock.Nanoseconds = frame.Nanoseconds;
            var queue = QueueOf(frame.Queue);
            sink.Leave(queue);
            if (frame.IsTaken)
                sink.Capture(queue, frame.IsOutbound, frame.Bytes);
            else
                sink.Refuse(queue);
        }

        for (; next < events.Length; next++)
            Join(sink, QueueOf(events[next].Queue), events[next].Event);

        CaptureQueue QueueOf(int number)
        {
            if (!queues.TryGetValue(number, out var queue))
                queues.Add(number, queue = new CaptureQueue(sink));
            return queue;
        }
    }

    private static void Join(CaptureSink sink, CaptureQueue queue, in TraceEvent traceEvent)
    {
        CaptureSink.Enter(queue);
        sink.OnEvent(traceEvent);
    }

    private readonly record struct KeptFrame(
        long Order, long Nanoseconds, int Queue, bool IsOutbound, bool IsTaken, byte[] Bytes, int Length);

    private readonly record struct KeptEvent(long Order, int Queue, TraceEvent Event);

    /// <summary>Says the time of the frame that is written.</summary>
    private sealed class KeptClock : TimeProvider
    {
        public long Nanoseconds { get; set; }

        public override DateTimeOffset GetUtcNow() =>
            DateTimeOffset.UnixEpoch.AddTicks(Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    private sealed class User(CaptureRing ring) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                Interlocked.Decrement(ref ring._users);
        }
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Joining;

/// <summary>
/// The file of a <see cref="CapturingDevice"/> and all its queues, each of which has a thread. Writes one frame at a
/// time, in the order of their times, and joins it with its event. When the file fails, the capture ends.
/// </summary>
internal sealed class CaptureSink : IEngineObserver
{
    /// <summary>Frames of all queues that wait for an event. When there are more, the first gets none.</summary>
    private const int MaxWaiting = 256;

    /// <summary>Events that wait for a packet.</summary>
    private const int MaxEvents = 64;

    /// <summary>
    /// With a key log frames wait so long: the keys come when the handshake's last message has arrived, and Wireshark
    /// needs them before it.
    /// </summary>
    private const long KeyDelay = 100 * 1_000_000;

    // Where this thread last read or wrote a frame: an event of a segment is about that queue's frame.
    [ThreadStatic]
    private static CaptureQueue? s_current;

    private readonly Lock _gate = new();
    private readonly PcapngWriter _writer;
    private readonly TimeProvider _clock;
    private readonly Action<Exception>? _onError;
    private readonly TlsKeyLog? _keys;
    private readonly Queue<WaitingFrame> _frames = new();
    private readonly List<ReadOnlyMemory<byte>> _events = [];
    private EventExplainer? _explainer;
    private Exception? _error;
    private long _packets;
    private bool _isDirty;
    private bool _isClosed;

    /// <param name="writer">The file, which this object owns.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="onError">Called once, by the thread whose frame failed.</param>
    /// <param name="keys">TLS keys that the file gets; null for none.</param>
    public CaptureSink(PcapngWriter writer, TimeProvider clock, Action<Exception>? onError, TlsKeyLog? keys)
    {
        _writer = writer;
        _clock = clock;
        _onError = onError;
        _keys = keys;
    }

    /// <summary>The error that ended the capture. Any thread.</summary>
    public Exception? Error => Volatile.Read(ref _error);

    /// <summary>Events will come: frames that are read wait for them.</summary>
    public void ExpectEvents()
    {
        lock (_gate)
            _explainer ??= new EventExplainer();
    }

    /// <summary>Adds a frame that a queue has read or written.</summary>
    public void Capture(CaptureQueue queue, bool outbound, ReadOnlySpan<byte> frame)
    {
        if (Error is not null)
            return;
        Exception? failure = null;
        lock (_gate)
        {
            if (_error is not null || _isClosed)
                return;
            try
            {
                Add(queue, outbound, frame);
                _isDirty = true;
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        Report(failure);
    }

    /// <summary>
    /// The queue's thread is going to read, to write or to wait: no event comes any more for the frame read before.
    /// </summary>
    public void Leave(CaptureQueue queue)
    {
        if (_explainer is null)
            return;
        s_current = queue;
        if (queue.Read is not null)
            Try(queue, static (sink, queue) => sink.CloseRead(queue));
    }

    /// <summary>The events that this thread reports are about frames of that queue.</summary>
    public static void Enter(CaptureQueue queue) => s_current = queue;

    /// <summary>The queue's device has refused a frame: its event stays without one.</summary>
    public void Refuse(CaptureQueue queue)
    {
        if (queue.Sent is not null)
            Try(queue, static (sink, queue) => sink.DropSent(queue));
    }

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent)
    {
        if (Error is not null)
            return;
        Exception? failure = null;
        lock (_gate)
        {
            if (_error is not null || _isClosed || _explainer is not { } explainer)
                return;
            try
            {
                Join(explainer.Explain(traceEvent));
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        Report(failure);
    }

    /// <summary>Flushes captured frames to the file, so that it can be read during the capture.</summary>
    public void Flush()
    {
        if (Volatile.Read(ref _isDirty))
        {
            Try(null, static (sink, _) =>
            {
                sink.WriteKeys();
                sink.WriteFrames();
                sink._writer.Flush();
                sink._isDirty = sink._frames.Count > 0;
            });
        }
    }

    /// <summary>Writes what waits, and closes the file.</summary>
    public void Close() => Try(null, static (sink, _) =>
    {
        foreach (var frame in sink._frames)
            frame.IsOpen = false;
        sink._isClosed = true;
        sink.WriteKeys();
        sink.WriteFrames();
        sink._writer.WriteStatistics(sink.Now(), sink._packets, sink._events);
        sink._writer.Dispose();
        sink._keys?.Dispose();
    });

    private long Now() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private void Add(CaptureQueue queue, bool outbound, ReadOnlySpan<byte> frame)
    {
        WriteKeys();
        CloseRead(queue);
        var time = Now();
        SegmentEvent? sent = null;
        if (outbound && queue.Sent is { } before && WaitingFrame.IsFrameOf(frame, before.Segment))
            (sent, queue.Sent) = (before, null);
        DropSent(queue);
        var waits = !outbound && _explainer is not null;
        if (!waits && _keys is null && _frames.Count == 0)
        {
            Write(time, outbound, frame, sent);
            return;
        }

        var waiting = new WaitingFrame(time, outbound, frame) { IsOpen = waits, Event = sent };
        if (waits)
            queue.Read = waiting;
        _frames.Enqueue(waiting);
        if (_frames.Count > MaxWaiting)
            _frames.Peek().IsOpen = false;
        WriteFrames();
    }

    /// <summary>
    /// An event of this thread: of the frame read before, or of the one that is written next, or of none.
    /// </summary>
    private void Join(ExplainedEvent explained)
    {
        var json = EventJson.ToUtf8(explained);
        var queue = s_current?.Sink == this ? s_current : null;
        if (queue is null || explained.Event.Kind != TraceEventKind.Segment)
        {
            Keep(json);
        }
        else if (explained.Event.Segment.Sent)
        {
            DropSent(queue);
            queue.Sent = SegmentEvent.Of(explained, json);
        }
        else
        {
            JoinRead(queue, explained, json);
        }
    }

    /// <summary>
    /// The first event behind a frame is about it, or none is: a segment that another queue has read, or that the host
    /// sends to itself, comes before.
    /// </summary>
    private void JoinRead(CaptureQueue queue, ExplainedEvent explained, byte[] json)
    {
        if (queue.Read is { IsOpen: true, IsJudged: false } read)
        {
            read.IsJudged = true;
            if (WaitingFrame.IsFrameOf(read.Bytes, explained.Event.Segment))
            {
                read.Event = SegmentEvent.Of(explained, json);
                return;
            }
        }

        Keep(json);
    }

    private void Keep(byte[] json)
    {
        _events.Add(json);
        if (_events.Count < MaxEvents)
            return;
        _writer.WriteStatistics(Now(), packets: null, _events);
        _events.Clear();
        _isDirty = true;
    }

    private void DropSent(CaptureQueue queue)
    {
        if (queue.Sent is { } sent)
            Keep(sent.Json);
        queue.Sent = null;
    }

    private void CloseRead(CaptureQueue queue)
    {
        if (queue.Read is not { } read)
            return;
        queue.Read = null;
        read.IsOpen = false;
        WriteFrames();
    }

    /// <summary>Writes the frames up to the first one that still waits.</summary>
    private void WriteFrames()
    {
        while (_frames.TryPeek(out var frame) && !frame.IsOpen && !MayNeedKeys(frame))
        {
            _frames.Dequeue();
            Write(frame.Nanoseconds, frame.IsOutbound, frame.Bytes, frame.Event);
            frame.Release();
        }
    }

    private void Write(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame, SegmentEvent? own)
    {
        if (own is not null)
            _events.Insert(0, own.Json);
        _writer.Write(
            nanoseconds, outbound, frame, frame.Length, new PacketNotes { Comment = own?.Comment, Events = _events });
        _events.Clear();
        _packets++;
    }

    private void WriteKeys()
    {
        while (_keys is not null && _keys.TryRead(out var lines))
            _writer.WriteTlsKeys(lines);
    }

    private bool MayNeedKeys(WaitingFrame frame) =>
        _keys is not null && !_isClosed && _frames.Count <= MaxWaiting && Now() - frame.Nanoseconds < KeyDelay;

    private void Try(CaptureQueue? queue, Action<CaptureSink, CaptureQueue> action)
    {
        Exception? failure = null;
        lock (_gate)
        {
            if (_error is not null || _isClosed)
                return;
            try
            {
                action(this, queue!);
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        Report(failure);
    }

    private void Report(Exception? failure)
    {
        if (failure is not null)
            _onError?.Invoke(failure);
    }

    private Exception Stop(Exception error)
    {
        Volatile.Write(ref _error, error);
        _isDirty = false;
        try
        {
            _writer.Dispose();
        }
        catch (Exception)
        {
            // The last flush may fail again; the file is closed all the same.
        }

        _keys?.Dispose();
        return error;
    }
}

using System.Globalization;
using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Recording;

namespace UserTcp;

/// <summary>
/// Runs a recording (<see cref="UserTcpRecording"/>) again, in virtual time, on the calling thread: the engines get the
/// same inputs, and so do the same again. Each frame and event is compared with the recorded one. Not for several
/// threads at a time.
/// </summary>
public sealed class UserTcpReplay : IDisposable
{
    /// <summary>
    /// Max events that wait for one before them. Loops write what they have done in one call at once, so an event comes
    /// late by no more than what the others do meanwhile.
    /// </summary>
    private const int MaxWaiting = 1 << 18;

    private readonly RecordingReader _reader;
    private readonly RecordedEntry _entry = new();
    private readonly PriorityQueue<TraceEvent, long> _waiting = new();
    private EntryParser _parser = null!;
    private ReplayedEngine[] _engines = [];
    private WithoutLoss? _without;
    private long _next;
    private MonotonicTime _time;
    private MonotonicTime _eventTime;
    private bool _hasEnded;

    private UserTcpReplay(RecordingReader reader)
    {
        _reader = reader;
        Addresses = [.. reader.Header.GetAddresses().Select(address => address.ToIPAddress())];
        Restart();
    }

    /// <summary>The name of the recorded device.</summary>
    public string Device => _reader.Header.Device;

    /// <summary>The version of UserTcp that has recorded. Another one may do something else.</summary>
    public string Version => _reader.Header.Version;

    /// <summary>True when this version of UserTcp has recorded.</summary>
    public bool IsOfThisVersion => Version == StackRecorder.VersionOfThis;

    /// <summary>When the recorded stack was started: the zero of all times.</summary>
    public DateTimeOffset StartedAt => _reader.Header.StartedAt;

    /// <summary>The addresses of the recorded stack.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>Engines of the stack: one for each queue of its device.</summary>
    public int Engines => _engines.Length;

    /// <summary>Entries run so far.</summary>
    public long Entries { get; private set; }

    /// <summary>Events returned so far.</summary>
    public long Events { get; private set; }

    /// <summary>Frames that the engines have sent so far.</summary>
    public long Frames => _engines.Sum(engine => engine.Frames);

    /// <summary>
    /// The first difference to the recording: which entry, and what. Nothing is replayed after it. Null as long as all
    /// is equal, and always without a loss.
    /// </summary>
    public string? Difference { get; private set; }

    /// <summary>
    /// True when the recording has ended in order. False at its end when the process was killed, or the recording has
    /// ended before the stack.
    /// </summary>
    public bool IsComplete { get; private set; }

    /// <summary>Opens a recording and owns the stream. One that cannot seek is copied to memory.</summary>
    /// <exception cref="InvalidDataException">It is not a recording, or one of another format.</exception>
    public static UserTcpReplay Open(Stream recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        try
        {
            return new UserTcpReplay(new RecordingReader(recording));
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    /// <summary>Begins again with the first event.</summary>
    /// <param name="without">
    /// The number of the link's event that says that a frame was lost: this time it is not. A frame to the stack
    /// arrives when it would have. After a frame of the stack, the peer's ACKs are rewritten as those of a peer that
    /// has received it: an ACK of its first sequence number acknowledges it, and what follows without a hole; SACK
    /// blocks below go. Everything else is as recorded, since a recorded peer and a recorded application cannot react.
    /// Events get numbers of their own, and nothing is compared. Null replays the recording as it is.
    /// </param>
    /// <exception cref="ArgumentException">That event is not such a loss. Then there are no events.</exception>
    /// <exception cref="InvalidDataException">The recording is not valid.</exception>
    public void Restart(long? without = null)
    {
        End();
        _waiting.Clear();
        _hasEnded = true;
        _without = without is { } number ? WithoutLoss.Find(_reader, number) : null;
        _reader.Rewind();
        _parser = new EntryParser(_reader.Header.Links.Count);
        _engines =
        [
            .. _reader.Header.Links.Select(
                (_, loop) => new ReplayedEngine(_reader.Header, loop, isExact: _without is null)),
        ];
        _eventTime = MonotonicTime.Zero;
        (_next, _time, _hasEnded, IsComplete, Difference, Entries, Events) =
            (1, MonotonicTime.Zero, false, false, null, 0, 0);
    }

    /// <summary>
    /// Runs until the next event, and returns it with its number and time. The engines may be beyond it: they are at
    /// the end of the input that has caused it. False at the end, and at the first <see cref="Difference"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">The recording is not valid.</exception>
    public bool TryRead(out TraceEvent traceEvent)
    {
        // Several loops have written to the file, and their events have one order.
        while (!_hasEnded && !(_waiting.TryPeek(out _, out var first) && first == _next))
            RunEntry();
        if (!_waiting.TryDequeue(out traceEvent, out var number))
            return false;
        _next = number + 1;
        Events++;
        return true;
    }

    /// <summary>STATUS of all connections, at the time of the last input that was run.</summary>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() =>
        [.. _engines.SelectMany(engine => engine.Engine.GetSnapshots(_time))];

    /// <summary>Closes the recording.</summary>
    public void Dispose()
    {
        End();
        _reader.Dispose();
    }

    private void RunEntry()
    {
        if (!_reader.TryRead(out var bytes))
        {
            Finish();
            return;
        }

        _parser.Parse(bytes, _entry);
        Entries++;
        if (_entry.Kind == EntryKind.End)
        {
            IsComplete = true;
            Finish();
            return;
        }

        if (_entry.Kind == EntryKind.Verdict)
        {
            AddVerdict();
            return;
        }

        if (_without is { } without)
        {
            DeliverLost(without);
            without.Rewrite(_entry);
        }

        _time = _entry.Now > _time ? _entry.Now : _time;
        Differ(RunOn(_engines[_entry.Loop]));
        AddEvents(_engines[_entry.Loop]);
    }

    /// <summary>Runs the entry. Whatever an engine throws at inputs is a difference.</summary>
    private string? RunOn(ReplayedEngine engine)
    {
        try
        {
            return engine.Run(_entry);
        }
        catch (Exception exception) when (exception is not InvalidDataException)
        {
            return $"the engine has failed: {exception.GetType().Name}: {exception.Message}";
        }
    }

    private void Differ(string? difference)
    {
        if (difference is null)
            return;
        Difference = string.Create(
            CultureInfo.InvariantCulture,
            $"entry {Entries} ({_entry.Kind} at {_entry.Now.Ticks / 10_000_000.0:F6} s, before event "
            + $"{(_entry.Stamps.Count > 0 ? _entry.Stamps[0].Number : _next)}) differs: {difference}");
        _hasEnded = true;
    }

    private void AddVerdict()
    {
        if (_without?.IsThis(_entry) == true)
            return;
        var verdict = _entry.Verdict;
        Add(
            new TraceEvent
            {
                Kind = TraceEventKind.Link,
                Time = MonotonicTime.Zero,
                Tuple = verdict.Tuple,
                Link = verdict,
            },
            _entry.Stamps[0]);
    }

    private void AddEvents(ReplayedEngine engine)
    {
        if (_without is not null)
        {
            AddRenumbered(engine);
            return;
        }

        var count = Math.Min(engine.Events.Count, _entry.Stamps.Count);
        for (var i = 0; i < count; i++)
            Add(engine.Events[i], _entry.Stamps[i]);
    }

    /// <summary>
    /// Events of a replay without a loss. One that happens in the entry gets the time of a recorded one, which includes
    /// the time to compute it. One in between, such as a timer's, has only the engine's time.
    /// </summary>
    private void AddRenumbered(ReplayedEngine engine)
    {
        for (var i = 0; i < engine.Events.Count; i++)
        {
            var time = engine.Events[i].Time;
            if (time == _entry.Now && _entry.Stamps.Count > 0)
                time = _entry.Stamps[Math.Min(i, _entry.Stamps.Count - 1)].Time;
            _eventTime = time > _eventTime ? time : _eventTime;
            Add(engine.Events[i], new EventStamp(0, _eventTime));
        }
    }

    private void Add(in TraceEvent traceEvent, EventStamp stamp)
    {
        if (_waiting.Count == MaxWaiting)
            throw new InvalidDataException($"it has no event {_next}, and {MaxWaiting} later ones");
        // Without a loss there are other events: they are numbered in the order in which they happen.
        var number = _without is null ? stamp.Number : _next + _waiting.Count;
        _waiting.Enqueue(
            traceEvent with
            {
                Number = number,
                Time = stamp.Time,
                Segment = traceEvent.Segment with { Time = stamp.Time },
            },
            number);
    }

    private void DeliverLost(WithoutLoss without)
    {
        if (!without.IsDue(_entry))
            return;
        var due = without.Due > _time ? without.Due : _time;
        var frame = without.Deliver();
        var owner = _engines[0].Deliver(frame, due);
        if (owner != 0)
            _engines[owner].Deliver(frame, due);
        AddRenumbered(_engines[owner]);
        _time = due;
    }

    private void Finish() => _hasEnded = true;

    private void End()
    {
        foreach (var engine in _engines)
        {
            try
            {
                engine.Dispose();
            }
            catch (Exception) when (Difference is not null)
            {
                // An engine that has failed may fail again.
            }
        }

        _engines = [];
    }
}

using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recording;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;

namespace UserTcp.Recording;

/// <summary>Runs the entries of one loop again, on an engine like the recorded one.</summary>
internal sealed class ReplayedEngine : IEngineObserver, IDisposable
{
    private const long MemoryMargin = 64L << 20;
    private const long MaxMemory = 1L << 44;

    private readonly ReplayPool _pool;
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly List<Tcb?> _connections = [];
    private readonly List<Listener?> _listeners = [];
    private readonly List<UdpEndpoint?> _endpoints = [];
    private readonly bool _isExact;
    private bool _isDisposed;

    /// <param name="header">What the engine is created with.</param>
    /// <param name="loop">Which of the recording's engines it is.</param>
    /// <param name="isExact">
    /// False when the inputs are not all as recorded: then nothing is compared, frames are sent until there are none,
    /// and timers expire when they are due.
    /// </param>
    /// <exception cref="InvalidDataException">No engine can have these options.</exception>
    public ReplayedEngine(RecordingHeader header, int loop, bool isExact)
    {
        _isExact = isExact;
        try
        {
            var memory = Math.Clamp(header.Options.MaxMemory ?? EngineOptions.DefaultMaxMemory, 0, MaxMemory);
            // The limit, its reserve, and frames.
            var all = memory + MemoryThresholds.ReserveOf(memory) + MemoryMargin;
            // Whatever the header says: the blocks of a small file may be large.
            _pool = new ReplayPool(Math.Min(all, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2));
            Engine = new TcpEngine(
                header.Options, header.GetKeys(), header.Links[loop].ToProperties(), header.GetAddresses(), _pool, this,
                new EngineShare(loop, header.Links.Count));
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"its header is not valid: {exception.Message}", exception);
        }
    }

    public TcpEngine Engine { get; }

    /// <summary>The events of the last entry, without numbers and times.</summary>
    public List<TraceEvent> Events { get; } = [];

    /// <summary>Frames that the engine has sent.</summary>
    public long Frames { get; private set; }

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent) => Events.Add(traceEvent);

    /// <summary>Runs an entry. Returns what differs from the recording; null when nothing does.</summary>
    /// <exception cref="InvalidDataException">The entry contradicts the ones before.</exception>
    public string? Run(RecordedEntry entry)
    {
        Events.Clear();
        if (_isDisposed)
            throw new InvalidDataException("an entry follows the end of its engine");
        _pool.Begin(entry.FailedRents);
        if (!_isExact)
            RunTimersUntil(entry.Now);
        var difference = Execute(entry);
        if (difference is null && _isExact && Events.Count != entry.Stamps.Count)
            return $"it has {Events.Count} events, and had {entry.Stamps.Count}";
        return difference;
    }

    /// <summary>Delivers a frame that the recorded engine did not get. Returns its owner's number.</summary>
    public int Deliver(in RecordedBlock recorded, MonotonicTime now)
    {
        Events.Clear();
        _pool.Begin([]);
        RunTimersUntil(now);
        OnFrame(recorded, now, out var owner);
        EmitAll(now);
        return owner;
    }

    public void Dispose() => Engine.Dispose();

    private string? Execute(RecordedEntry entry)
    {
        switch (entry.Kind)
        {
            case EntryKind.Frame:
                OnFrame(entry.Blocks[0], entry.Now, out _);
                return null;
            case EntryKind.Timer:
                Engine.OnTimer(entry.Now);
                return null;
            case EntryKind.EmitNothing or EntryKind.Emit:
                return Emit(entry);
            case EntryKind.DequeueEvent or EntryKind.DequeueUdpEvent:
                return DequeueEvent(entry);
            case EntryKind.ShareMemory:
                Engine.ShareMemory(entry.MemoryElsewhere + Engine.MemoryHeld, entry.MemoryLimit);
                return null;
            case EntryKind.LostFrame when entry.IsHandOver:
                Engine.CountLostHandOver();
                return null;
            case EntryKind.LostFrame:
                Engine.CountLostWrite();
                return null;
            case EntryKind.Name:
                return Name(entry);
            case EntryKind.Dispose:
                // The state stays readable: this object's own disposal disposes of the engine.
                _isDisposed = true;
                return null;
            case EntryKind.Listen or EntryKind.Accept or EntryKind.CloseListener:
                return ExecuteForListener(entry);
            case EntryKind.BindUdp or EntryKind.ConnectUdp or EntryKind.SendDatagram or EntryKind.ReceiveDatagrams
                or EntryKind.CloseUdp:
                ExecuteForEndpoint(entry);
                return null;
            default:
                return ExecuteCall(entry);
        }
    }

    private string? ExecuteForListener(RecordedEntry entry)
    {
        if (entry.Kind == EntryKind.Listen)
        {
            Engine.Listen(
                entry.Tuple.LocalAddress, entry.Tuple.LocalPort, entry.Backlog, entry.Options, out var listener,
                entry.Flags);
            if (listener is not null)
                _listeners.Add(listener);
            return null;
        }

        if (At(_listeners, entry.Number) is not { } known)
            return null;
        if (entry.Kind == EntryKind.CloseListener)
            Engine.CloseListener(known, entry.Now);
        else if (Engine.TryAccept(known, out var connection))
            AddNew(connection!);
        else if (!_isExact)
            _connections.Add(null);
        return null;
    }

    private void ExecuteForEndpoint(RecordedEntry entry)
    {
        if (entry.Kind == EntryKind.BindUdp)
        {
            Engine.BindUdp(entry.Tuple.LocalAddress, entry.Tuple.LocalPort, entry.UdpFlags, out var bound);
            if (bound is not null)
                _endpoints.Add(bound);
            return;
        }

        if (At(_endpoints, entry.Number) is not { } endpoint)
            return;
        switch (entry.Kind)
        {
            case EntryKind.ConnectUdp:
                Engine.ConnectUdp(endpoint, entry.Peer);
                break;
            case EntryKind.SendDatagram:
                var data = _pool.Rent(entry.Blocks[0]);
                if (Engine.SendDatagram(endpoint, entry.Peer, data, entry.Now) != EngineError.None)
                    data.Release();
                break;
            case EntryKind.ReceiveDatagrams:
                Engine.ReceiveDatagrams(endpoint)?.Release();
                break;
            case EntryKind.CloseUdp:
                Engine.CloseUdp(endpoint);
                break;
        }
    }

    private string? ExecuteCall(RecordedEntry entry)
    {
        if (entry.Kind == EntryKind.Open)
        {
            Engine.Open(
                entry.LocalAddress, entry.Tuple.LocalPort, entry.Tuple.RemoteAddress, entry.Tuple.RemotePort,
                entry.Options, entry.Now, out var connection);
            if (connection is not null)
                AddNew(connection);
            return null;
        }

        if (entry.Kind == EntryKind.Fault)
        {
            var victim = entry.Number == 0 ? null : At(_connections, entry.Number - 1);
            if (victim is not null || entry.Number == 0)
                Engine.ReportFault(victim, new ReplayedFaultException(entry.Fault), entry.Now);
            return null;
        }

        if (At(_connections, entry.Number) is not { } tcb)
            return null;
        switch (entry.Kind)
        {
            case EntryKind.Send when Chain(entry.Blocks) is { } chain:
                Engine.Send(tcb, chain, entry.Now);
                break;
            case EntryKind.Consumed:
                Engine.Consumed(tcb, entry.Bytes, entry.Now);
                break;
            case EntryKind.SetOptions:
                Engine.SetOptions(tcb, entry.Options, entry.Now);
                break;
            case EntryKind.Call:
                Call(entry.Call, tcb, entry.Now);
                break;
        }

        return null;
    }

    private void Call(RecordedCall call, Tcb tcb, MonotonicTime now)
    {
        switch (call)
        {
            case RecordedCall.Receive:
                Block.ReleaseChain(Engine.Receive(tcb));
                break;
            case RecordedCall.DequeueAcknowledged:
                Engine.DequeueAcknowledged(tcb);
                break;
            case RecordedCall.Shutdown:
                Engine.Shutdown(tcb, now);
                break;
            case RecordedCall.Close or RecordedCall.CloseAfterFin:
                Engine.Close(tcb, now, sendsFinFirst: call == RecordedCall.CloseAfterFin);
                break;
            case RecordedCall.Abort:
                Engine.Abort(tcb, now);
                break;
            case RecordedCall.ResetForMemory:
                Engine.ResetForMemory(tcb, now);
                break;
            case RecordedCall.SetUrgent:
                Engine.SetUrgent(tcb, now);
                break;
            case RecordedCall.Park:
                Engine.TryPark(tcb);
                break;
        }
    }

    private void OnFrame(in RecordedBlock recorded, MonotonicTime now, out int owner)
    {
        var block = _pool.Rent(recorded);
        if (!Engine.OnFrame(block, now, out owner))
            block.Release();
    }

    private string? Emit(RecordedEntry entry)
    {
        if (!_isExact)
        {
            EmitAll(entry.Now);
            return null;
        }

        if (!Engine.TryEmit(_headers, entry.Now, out var emission))
            return entry.Kind == EntryKind.Emit ? $"no frame is sent, and one of {entry.Bytes} bytes was" : null;
        Frames++;
        if (entry.Kind != EntryKind.Emit)
            return $"a frame of {emission.Length} bytes is sent, and none was";
        if (emission.Length != entry.Bytes)
            return $"the frame has {emission.Length} bytes, and had {entry.Bytes}";
        return FrameDigest.Of(in emission) == entry.Digest ? null : "the frame has other bytes than it had";
    }

    private string? DequeueEvent(RecordedEntry entry)
    {
        if (!_isExact)
        {
            while (Engine.TryDequeueEvent(out _))
            {
                // What the application did about it is recorded.
            }

            return null;
        }

        if (!Engine.TryDequeueEvent(out var engineEvent))
            return "there is no event for the application, and there was one";
        var expected = entry.Kind == EntryKind.DequeueUdpEvent ? At(_endpoints, entry.Number)
            : (entry.Number & 1) != 0 ? (object?)At(_listeners, entry.Number >> 1)
            : At(_connections, entry.Number >> 1);
        var actual = (object?)engineEvent.Connection ?? (object?)engineEvent.Listener ?? engineEvent.Endpoint;
        return expected == actual && engineEvent.Events == entry.Events
            ? null
            : $"the application gets {engineEvent.Events}, and got {entry.Events}, or it is for another connection "
                + "or endpoint";
    }

    private string? Name(RecordedEntry entry)
    {
        Tcb? named = null;
        foreach (var connection in Engine.GetConnections())
        {
            if (connection.Tuple == entry.Tuple && connection.Owner is null)
                named = connection;
        }

        named?.Owner = this;
        _connections.Add(named);
        return named is null ? $"there is no connection {entry.Tuple}, and there was one" : null;
    }

    /// <summary>A connection that a call returns has no number yet, unless it was named before.</summary>
    private void AddNew(Tcb connection)
    {
        if (connection.Owner is not null)
            return;
        connection.Owner = this;
        _connections.Add(connection);
    }

    private void EmitAll(MonotonicTime now)
    {
        while (Engine.TryEmit(_headers, now, out _))
            Frames++;
    }

    /// <summary>Lets timers expire when they are due, and sends what they cause.</summary>
    private void RunTimersUntil(MonotonicTime now)
    {
        for (var deadline = Engine.NextDeadline; deadline < now; deadline = Engine.NextDeadline)
        {
            Engine.OnTimer(deadline);
            EmitAll(deadline);
            if (Engine.NextDeadline <= deadline)
                return;
        }
    }

    private Block? Chain(List<RecordedBlock> blocks)
    {
        Block? first = null, last = null;
        foreach (var recorded in blocks)
        {
            var block = _pool.Rent(recorded);
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }

        return first;
    }

    private T? At<T>(List<T?> list, int number)
        where T : class =>
        number < list.Count ? list[number]
        : _isExact ? throw new InvalidDataException($"there is no connection, listener or endpoint {number}")
        : null;
}

/// <summary>A fault that the caller of a recorded engine has reported.</summary>
internal sealed class ReplayedFaultException(string message) : Exception(message);

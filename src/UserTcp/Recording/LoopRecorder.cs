using System.Runtime.CompilerServices;
using System.Text;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Engine.Recording;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;
using UserTcp.Wire;
using static UserTcp.Recording.RecordingFormat;

namespace UserTcp.Recording;

/// <summary>
/// Records one engine. An entry is open from a call to the next one, so that the events in between, and the rents that
/// failed, become its outcome. Loop's thread only.
/// </summary>
internal sealed class LoopRecorder(int loop, RecordingSink sink, IEventStamper stamper)
    : IEngineRecorder, IEngineObserver
{
    private readonly EntryWriter _entry = new();
    private readonly EntryWriter _events = new();
    private readonly EntryWriter _failedRents = new();
    private readonly EntryWriter _outcome = new();
    private readonly Dictionary<ConnectionOptions, int> _options = [];

    // Their owner drops connections when they have ended, and this must not keep them.
    private readonly ConditionalWeakTable<object, StrongBox<int>> _numbers = [];

    private bool _isOpen;
    private EntryKind _kind;
    private int _eventCount;
    private int _rents;
    private int _failedCount;
    private long _time;
    private long _previousTime;
    private long _eventTime;
    private long _number;
    private long _memory = long.MinValue;
    private long _limit;
    private int _connections;
    private int _listeners;
    private int _endpoints;

    /// <inheritdoc/>
    public void OnEvent(in TraceEvent traceEvent)
    {
        var stamp = stamper.Pass(in traceEvent);
        if (!_isOpen)
            return;
        _events.WriteSigned(stamp.Number - _number - 1);
        _number = stamp.Number;
        _events.WriteSigned(stamp.Time.Ticks - _eventTime);
        _eventTime = stamp.Time.Ticks;
        _eventCount++;
    }

    /// <summary>The engine has rented a block, or could not.</summary>
    public void OnRent(bool hasFailed)
    {
        if (hasFailed)
        {
            _failedRents.WriteNumber((ulong)_rents);
            _failedCount++;
        }

        _rents++;
    }

    /// <summary>The loop is going to rest: what happened can be read from the file.</summary>
    public void Flush()
    {
        Commit();
        sink.Flush();
    }

    /// <inheritdoc/>
    public void OnFrame(Block frame, MonotonicTime now)
    {
        if (!TryBegin(EntryKind.Frame, now))
            return;
        WriteBlock(frame);
    }

    /// <inheritdoc/>
    public void OnFrameNotOwned()
    {
        // The owner records the frame.
        if (!_isOpen || _eventCount > 0)
            return;
        _isOpen = false;
        // The next time is a difference to that of the entry before.
        _time = _previousTime;
    }

    /// <inheritdoc/>
    public void OnTimer(MonotonicTime now) => TryBegin(EntryKind.Timer, now);

    /// <inheritdoc/>
    public void OnEmit(MonotonicTime now) => TryBegin(EntryKind.EmitNothing, now);

    /// <inheritdoc/>
    public void OnEmitted(in Emission emission)
    {
        if (!_isOpen)
            return;
        _kind = EntryKind.Emit;
        _entry.WriteNumber((ulong)emission.Length);
        _entry.WriteUInt32(FrameDigest.Of(in emission));
    }

    /// <inheritdoc/>
    public void OnEventDequeued(in EngineEvent engineEvent)
    {
        var number = engineEvent.Endpoint is { } endpoint ? NumberOf(endpoint)
            : engineEvent.Connection is { } connection ? NumberOf(connection) * 2
            : (NumberOf(engineEvent.Listener!) * 2) + 1;
        if (!TryBegin(engineEvent.Endpoint is null ? EntryKind.DequeueEvent : EntryKind.DequeueUdpEvent))
            return;
        _entry.WriteNumber((ulong)number);
        _entry.WriteNumber((ulong)engineEvent.Events);
    }

    /// <inheritdoc/>
    public void OnShareMemory(long elsewhere, long limit)
    {
        // The same report again changes nothing. There is one in each turn.
        if ((elsewhere == _memory && limit == _limit) || !TryBegin(EntryKind.ShareMemory))
            return;
        (_memory, _limit) = (elsewhere, limit);
        _entry.WriteSigned(elsewhere);
        _entry.WriteSigned(limit);
    }

    /// <inheritdoc/>
    public void OnListen(
        IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, ListenFlags flags)
    {
        Check(options);
        if (!TryBegin(EntryKind.Listen))
            return;
        _entry.WriteAddress(localAddress);
        _entry.WriteNumber(localPort.Value);
        _entry.WriteSigned(backlog ?? 0);
        _entry.WriteByte((byte)(backlog is null ? 1 : 0));
        _entry.WriteNumber((ulong)flags);
        WriteOptions(options);
    }

    /// <inheritdoc/>
    public void OnListening(Listener listener) => _numbers.AddOrUpdate(listener, new StrongBox<int>(_listeners++));

    /// <inheritdoc/>
    public void OnAccept(Listener listener)
    {
        var number = NumberOf(listener);
        if (TryBegin(EntryKind.Accept))
            _entry.WriteNumber((ulong)number);
    }

    /// <inheritdoc/>
    public void OnCloseListener(Listener listener, MonotonicTime now)
    {
        var number = NumberOf(listener);
        if (TryBegin(EntryKind.CloseListener, now))
            _entry.WriteNumber((ulong)number);
    }

    /// <inheritdoc/>
    public void OnOpen(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options,
        MonotonicTime now)
    {
        Check(options);
        if (!TryBegin(EntryKind.Open, now))
            return;
        _entry.WriteByte((byte)(localAddress is null ? 0 : 1));
        _entry.WriteAddress(localAddress ?? IpAddress.AnyIPv6);
        _entry.WriteNumber(localPort.Value);
        _entry.WriteAddress(remoteAddress);
        _entry.WriteNumber(remotePort.Value);
        WriteOptions(options);
    }

    /// <inheritdoc/>
    public void OnConnection(Tcb connection) => NumberOf(connection, isReturned: true);

    /// <inheritdoc/>
    public void OnSend(Tcb connection, Block first, MonotonicTime now)
    {
        if (!TryBegin(EntryKind.Send, connection, now))
            return;
        var blocks = 0;
        for (var block = (Block?)first; block is not null; block = block.NextBlock)
            blocks++;
        _entry.WriteNumber((ulong)blocks);
        for (var block = (Block?)first; block is not null; block = block.NextBlock)
            WriteBlock(block);
    }

    /// <inheritdoc/>
    public void OnConsumed(Tcb connection, int bytes, MonotonicTime now)
    {
        if (TryBegin(EntryKind.Consumed, connection, now))
            _entry.WriteNumber((ulong)Math.Max(bytes, 0));
    }

    /// <inheritdoc/>
    public void OnSetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now)
    {
        // The congestion control is fixed at the open: another one changes nothing.
        if (TryBegin(EntryKind.SetOptions, connection, now))
            WriteOptions(options with { CustomCongestionControl = null });
    }

    /// <inheritdoc/>
    public void OnCall(RecordedCall call, Tcb connection, MonotonicTime? now)
    {
        if (TryBegin(EntryKind.Call, connection, now ?? new MonotonicTime(_time)))
            _entry.WriteByte((byte)call);
    }

    /// <inheritdoc/>
    public void OnBindUdp(IpAddress localAddress, Port localPort, UdpFlags flags)
    {
        if (!TryBegin(EntryKind.BindUdp))
            return;
        _entry.WriteAddress(localAddress);
        _entry.WriteNumber(localPort.Value);
        _entry.WriteNumber((ulong)flags);
    }

    /// <inheritdoc/>
    public void OnBound(UdpEndpoint endpoint) => _numbers.AddOrUpdate(endpoint, new StrongBox<int>(_endpoints++));

    /// <inheritdoc/>
    public void OnConnectUdp(UdpEndpoint endpoint, UdpPeer peer)
    {
        if (!TryBegin(EntryKind.ConnectUdp))
            return;
        _entry.WriteNumber((ulong)NumberOf(endpoint));
        WritePeer(peer);
    }

    /// <inheritdoc/>
    public void OnSendDatagram(UdpEndpoint endpoint, UdpPeer peer, Block data, MonotonicTime now)
    {
        if (!TryBegin(EntryKind.SendDatagram, now))
            return;
        _entry.WriteNumber((ulong)NumberOf(endpoint));
        WritePeer(peer);
        WriteBlock(data);
    }

    /// <inheritdoc/>
    public void OnReceiveDatagrams(UdpEndpoint endpoint)
    {
        if (TryBegin(EntryKind.ReceiveDatagrams))
            _entry.WriteNumber((ulong)NumberOf(endpoint));
    }

    /// <inheritdoc/>
    public void OnCloseUdp(UdpEndpoint endpoint)
    {
        if (TryBegin(EntryKind.CloseUdp))
            _entry.WriteNumber((ulong)NumberOf(endpoint));
    }

    /// <inheritdoc/>
    public void OnFault(Tcb? connection, Exception fault, MonotonicTime now)
    {
        var number = connection is null ? 0 : NumberOf(connection) + 1;
        if (!TryBegin(EntryKind.Fault, now))
            return;
        _entry.WriteNumber((ulong)number);
        _entry.WriteBlob(Encoding.UTF8.GetBytes($"{fault.GetType().Name}: {fault.Message}"));
    }

    /// <inheritdoc/>
    public void OnLostFrame(bool isHandOver)
    {
        if (TryBegin(EntryKind.LostFrame))
            _entry.WriteByte((byte)(isHandOver ? 1 : 0));
    }

    /// <inheritdoc/>
    public void OnDispose()
    {
        TryBegin(EntryKind.Dispose);
        Commit();
    }

    private static void Check(ConnectionOptions options)
    {
        if (options.CustomCongestionControl is { } factory)
            throw StackRecorder.NotRecordable(factory);
    }

    /// <summary>Begins an entry, and ends the one before. False when nothing is recorded any more.</summary>
    private bool TryBegin(EntryKind kind)
    {
        Commit();
        if (sink.HasEnded)
            return false;
        (_isOpen, _kind) = (true, kind);
        _entry.Clear();
        _entry.WriteByte(0);
        _entry.WriteNumber((ulong)loop);
        return true;
    }

    private bool TryBegin(EntryKind kind, MonotonicTime now)
    {
        if (!TryBegin(kind))
            return false;
        _entry.WriteSigned(now.Ticks - _time);
        (_previousTime, _time) = (_time, now.Ticks);
        return true;
    }

    private bool TryBegin(EntryKind kind, Tcb connection, MonotonicTime now)
    {
        var number = NumberOf(connection);
        if (!TryBegin(kind, now))
            return false;
        _entry.WriteNumber((ulong)number);
        return true;
    }

    private void Commit()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _outcome.Clear();
            var hasOutcome = _eventCount + _failedCount > 0;
            if (hasOutcome)
            {
                _outcome.WriteNumber((ulong)_eventCount);
                _outcome.WriteBytes(_events.Written);
                _outcome.WriteNumber((ulong)_failedCount);
                _outcome.WriteBytes(_failedRents.Written);
            }

            _entry.SetFirst((byte)((byte)_kind | (hasOutcome ? HasOutcome : 0)));
            sink.Write(_entry.Written, _outcome.Written);
        }

        (_eventCount, _rents, _failedCount) = (0, 0, 0);
        _events.Clear();
        _failedRents.Clear();
    }

    /// <summary>
    /// The number of a connection, listener or UDP endpoint. A connection that the engine has not returned yet is named
    /// by its four-tuple.
    /// </summary>
    private int NumberOf(object known, bool isReturned = false)
    {
        if (_numbers.TryGetValue(known, out var number))
            return number.Value;
        if (known is not Tcb connection)
            return int.MaxValue;
        if (!isReturned && TryBegin(EntryKind.Name))
            _entry.WriteTuple(connection.Tuple);
        _numbers.Add(connection, new StrongBox<int>(_connections));
        return _connections++;
    }

    private void WriteBlock(Block block)
    {
        var shape = block.Capacity == 0 ? ViewBlock
            : block.Capacity <= BlockPool.StandardSize ? StandardBlock
            : LargeBlock;
        _entry.WriteByte((byte)(shape | (block.IsLent ? LentBlock : 0) | (block.IsLooped ? LoopedBlock : 0)));
        _entry.WriteNumber((ulong)(shape == ViewBlock ? 0 : block.Start));
        _entry.WriteBlob(block.Content);
    }

    private void WritePeer(in UdpPeer peer)
    {
        _entry.WriteAddress(peer.Address);
        _entry.WriteNumber(peer.Port.Value);
    }

    private void WriteOptions(ConnectionOptions options)
    {
        if (_options.TryGetValue(options, out var index))
        {
            _entry.WriteNumber((ulong)index);
            return;
        }

        // The reader adds the options to its table in the same way.
        _entry.WriteNumber((ulong)_options.Count);
        _entry.WriteBlob(RecordingJson.Write(options));
        if (_options.Count < MaxOptions)
            _options.Add(options, _options.Count);
    }
}

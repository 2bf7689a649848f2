using System.Net.Sockets;
using UserTcp.Connecting;
using UserTcp.Connections;
using UserTcp.Datagrams;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Errors;
using UserTcp.Faults;
using UserTcp.Listening;
using UserTcp.Recording;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>
/// Drives an engine over one queue of a device, turn by turn. A turn is: requests, frames in, timers, events up, frames
/// out. Loop's thread only.
/// </summary>
internal sealed class EngineDriver(
    TcpEngine engine, ILinkDevice device, ConnectionHome home, LoopListeners listeners, LoopEndpoints endpoints,
    LoopShared shared, LoopSettings settings)
{
    /// <summary>
    /// Max frames sent in one turn: the replies to them must be read before they fill the device's queue.
    /// </summary>
    private const int MaxSentPerTurn = 256;

    /// <summary>Max connections that one turn checks for being idle.</summary>
    private const int MaxIdleChecksPerTurn = 64;

    /// <summary>
    /// Turns in a row in which timers wait while frames do: a frame may be the acknowledgment that stops a timer. A
    /// flood of frames delays timers no longer than that.
    /// </summary>
    private const int MaxTurnsWithoutTimers = 16;

    /// <summary>Bytes of memory of frames that other loops may hand over before this one has looked at them.</summary>
    private const int MaxHandedOverBytes = 16 << 20;

    /// <summary>How often a stopping loop looks for connections that need not be waited for any more.</summary>
    private static readonly TimeSpan DrainCheckInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The min time between two checks is so many times that of a check.</summary>
    private const int DrainCheckShare = 10;

    /// <summary>Devices may count milliseconds in 32 bits.</summary>
    private static readonly TimeSpan MaxSleep = TimeSpan.FromHours(1);

    private readonly EngineTurn _turn = new(engine);
    private readonly LoopMailbox _mailbox = home.Mailbox;
    private readonly LoopClock _clock = shared.Clock;
    private readonly LoopMailbox[] _mailboxes = shared.Mailboxes;
    private readonly ConnectionRegistry _connections = new(engine);
    private readonly DriverMemory _memory =
        new(engine, home.Pool, shared.Budget, shared.Mailboxes, FrameSizeOf(device), settings.IdleTrimInterval);

    private readonly LoopRecorder? _recording = engine.Recorder as LoopRecorder;
    private readonly FlightRecorder? _recorder = settings.FlightRecorderFrames == 0
        ? null
        : new(settings.FlightRecorderFrames);
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly int _share = engine.Share.Index;

    private ReadBatch _batch;
    private int _turnsWithoutTimers;
    private MonotonicTime _nextDrainCheck = MonotonicTime.Never;
    private bool _waitsForPeers = true;

    public TcpEngine Engine => engine;

    /// <summary>When the current turn began.</summary>
    public MonotonicTime Now => _turn.Now;

    /// <summary>When the drain ends; Never while the stack is not stopping.</summary>
    public MonotonicTime StopDeadline { get; private set; } = MonotonicTime.Never;

    /// <summary>True when the stack is stopping and has no connection or no time left.</summary>
    public bool IsDrained => _turn.IsStopping && (engine.ConnectionCount == 0 || Now >= StopDeadline);

    /// <summary>Max frames of the device that other loops may hand over before this one has looked at them.</summary>
    public static int MaxHandedOver(ILinkDevice device) => MaxHandedOverBytes / FrameSizeOf(device);

    /// <summary>
    /// Makes this thread the loop's. Returns the mailbox that the thread served before; null for none.
    /// </summary>
    public LoopMailbox? Enter() => _mailbox.Enter(_turn, () => _clock.Now);

    /// <summary>Runs one turn. False when nothing has happened in it: the loop may sleep.</summary>
    public bool RunTurn()
    {
        _turn.Now = _clock.Now;
        _memory.Update(Now);
        AbortDrained();
        var hasWorked = RunRequests();
        hasWorked |= ReadHandedOverFrames();
        var frames = ReadFrames();
        FireTimers(isDrained: frames < _batch.Size);
        _batch.Record(frames);
        hasWorked |= frames > 0;
        hasWorked |= DispatchEvents();
        RunRequests();
        hasWorked |= Emit();
        ReportFaults();
        ParkIdle();
        return hasWorked;
    }

    /// <summary>How long ago this turn began.</summary>
    public TimeSpan SinceTurn() => _clock.Now - Now;

    /// <summary>The loop is going to sleep.</summary>
    public void FlushRecording() => _recording?.Flush();

    /// <summary>How long the loop may sleep; infinite when no timer runs.</summary>
    public TimeSpan TimeToSleep()
    {
        var now = _clock.Now;
        var deadline = MonotonicTime.Min(
            MonotonicTime.Min(engine.NextDeadline, engine.NextParking),
            MonotonicTime.Min(MonotonicTime.Min(StopDeadline, _nextDrainCheck), _memory.NextDeadline(now)));
        if (deadline == MonotonicTime.Never)
            return Timeout.InfiniteTimeSpan;
        var left = deadline - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > MaxSleep ? MaxSleep : left;
    }

    /// <summary>STATUS of everything, after reporting to the engine what has been read.</summary>
    public IReadOnlyList<ConnectionSnapshot> SynchronizeAndSnapshot()
    {
        _connections.ForEach(static (pump, turn) => pump.SynchronizeCredit(turn), _turn);
        return engine.GetSnapshots(Now);
    }

    /// <summary>
    /// Accepts nothing new from now on, and lets connections come to their end until <paramref name="drain"/> has
    /// passed. With <paramref name="waitsForPeers"/> a connection ends with the peer's FIN, or when the peer is silent;
    /// else when the peer has acknowledged everything.
    /// </summary>
    public void Stop(TimeSpan drain, bool waitsForPeers)
    {
        StopDeadline = MonotonicTime.Min(StopDeadline, Now + drain);
        _waitsForPeers &= waitsForPeers;
        // In the next turn: this one sends the FINs first.
        _nextDrainCheck = Now;
        if (_turn.IsStopping)
            return;
        _turn.IsStopping = true;
        listeners.CloseAll(_turn);
        endpoints.CloseAll(_turn);
        _connections.ForEach(static (pump, turn) => Guard(pump, turn, static (pump, turn) => pump.Drain(turn)), _turn);
    }

    /// <summary>Resets the connections that are left, and sends every RST.</summary>
    public void AbortAll()
    {
        _turn.Now = _clock.Now;
        _connections.ForEach(static (pump, turn) => Guard(pump, turn, static (pump, turn) => pump.Abort(turn)), _turn);
        while (Emit())
        {
            // Emit sends a limited number of frames at a time.
        }

        ReportFaults();
    }

    /// <summary>The stack has failed: everything that waits ends with the fault.</summary>
    public void FailAll(Exception fault)
    {
        var reason = new CloseReason(SocketError.SocketError, fault);
        listeners.FailAll(reason);
        endpoints.FailAll(reason);
        _connections.ForEach(
            static (pump, argument) => pump.End(argument.Turn, argument.Reason), (Turn: _turn, Reason: reason));
    }

    /// <summary>Bytes of a block for the device's frames.</summary>
    private static int FrameSizeOf(ILinkDevice device) =>
        device.Properties.MaxFrame <= BlockPool.StandardSize ? BlockPool.StandardSize : BlockPool.LargeSize;

    /// <summary>Does something for a connection; a fault ends that connection alone.</summary>
    private static void Guard(ConnectionPump pump, EngineTurn turn, Action<ConnectionPump, EngineTurn> action)
    {
        try
        {
            action(pump, turn);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            pump.Fail(turn, fault);
        }
    }

    /// <summary>Runs what other threads ask for. False when there was nothing.</summary>
    private bool RunRequests()
    {
        _mailbox.AnswerCalls();
        if (!_mailbox.CollectRequests())
            return false;
        while (_mailbox.DequeueCollected() is { } request)
            Run(request);
        return true;
    }

    /// <summary>Runs a request. A fault ends the connection that the request is for, if there is one.</summary>
    private void Run(LoopRequest request)
    {
        try
        {
            request.Run(_turn);
        }
        catch (Exception fault)
            when (request is ConnectionPump or OpenRequest or DatagramSend && fault is not EngineFaultException)
        {
            if (request is ConnectionPump pump)
            {
                pump.Fail(_turn, fault);
                return;
            }

            engine.ReportFault(null, fault, Now);
            request.Fail(CloseReason.Faulted(fault).ToException());
        }
    }

    /// <summary>Resets the connections of a stopping loop that need not be waited for any more.</summary>
    private void AbortDrained()
    {
        if (Now < _nextDrainCheck)
            return;
        Action<ConnectionPump, EngineTurn> abort = _waitsForPeers
            ? static (pump, turn) => pump.AbortIfSilent(turn)
            : static (pump, turn) => pump.AbortIfAcknowledged(turn);
        _connections.ForEach(
            static (pump, argument) => Guard(pump, argument.Turn, argument.Abort), (Turn: _turn, Abort: abort));
        // Many connections take long, and must not take more than a part of the loop's time.
        var end = _clock.Now;
        _nextDrainCheck = end
            + TimeSpan.FromTicks(Math.Max(DrainCheckInterval.Ticks, DrainCheckShare * (end - Now).Ticks));
    }

    private void ReportFaults()
    {
        while (engine.TryDequeueFault(out var fault))
            shared.Faults.Record(fault, _recorder, Now);
    }

    private void FireTimers(bool isDrained)
    {
        if (!isDrained && ++_turnsWithoutTimers < MaxTurnsWithoutTimers)
            return;
        _turnsWithoutTimers = 0;
        if (engine.NextDeadline <= Now)
            engine.OnTimer(Now);
    }

    /// <summary>Reads frames from the device into the engine, and returns how many there were.</summary>
    private int ReadFrames()
    {
        var now = Now;
        var block = _memory.RentFrame();
        try
        {
            for (var frames = 0; frames < _batch.Size; frames++)
            {
                block.Start = 0;
                block.End = device.Read(block.Array);
                if (block.End == 0)
                    return frames;
                _recorder?.RecordInbound(block.Array, block.End, now);
                if (engine.OnFrame(block, now, out var owner) || (owner != _share && TryHandOver(block, owner)))
                    block = _memory.RentFrame();
            }

            return _batch.Size;
        }
        finally
        {
            DriverMemory.ReturnFrame(block);
        }
    }

    /// <summary>
    /// Hands a frame over to the loop that owns its connection. False when that loop cannot accept it, which counts as
    /// loss on the link.
    /// </summary>
    private bool TryHandOver(Block frame, int owner)
    {
        if (!frame.IsLent && _mailboxes[owner].TryHandOver(frame))
            return true;
        engine.CountLostHandOver();
        return false;
    }

    /// <summary>
    /// Reads the frames that other loops have handed over, and those that the host has sent to itself. False when there
    /// was none.
    /// </summary>
    private bool ReadHandedOverFrames()
    {
        var frame = _mailbox.DequeueFrames();
        if (frame is null)
            return false;
        while (frame is not null)
        {
            var next = frame.NextBlock;
            frame.NextBlock = null;
            _recorder?.RecordInbound(frame.Array, frame.End, Now);
            if (!engine.OnFrame(frame, Now, out var owner) && (owner == _share || !TryHandOver(frame, owner)))
                frame.Release();
            frame = next;
        }

        return true;
    }

    private bool DispatchEvents()
    {
        var hasWorked = false;
        while (engine.TryDequeueEvent(out var engineEvent))
        {
            hasWorked = true;
            if (engineEvent.Connection?.Owner is ConnectionPump connection)
                Dispatch(connection, engineEvent.Events);
            else if (engineEvent.Listener?.Owner is ListenerPump listener)
                listener.Fill(_turn);
            else if (engineEvent.Endpoint?.Owner is DatagramPump datagrams)
                datagrams.OnEvents(_turn, engineEvent.Events);
        }

        return hasWorked;
    }

    /// <summary>
    /// When this throws, the connection stays in hand, so that <see cref="FailAll"/> ends it with the others.
    /// </summary>
    private void Dispatch(ConnectionPump connection, EngineEvents events)
    {
        _connections.InHand = connection;
        try
        {
            connection.OnEvents(_turn, events);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            connection.Fail(_turn, fault);
        }

        _connections.InHand = null;
    }

    /// <summary>Parks connections that have been idle for a while, a few in each turn.</summary>
    private void ParkIdle()
    {
        for (var i = 0; i < MaxIdleChecksPerTurn && engine.TryLookForIdle(Now, out var idle); i++)
            (idle?.Owner as ConnectionPump)?.Park(_turn);
    }

    /// <summary>Sends what is due. True when the limit was reached: the next turn goes on.</summary>
    private bool Emit()
    {
        var now = Now;
        for (var frames = 0; frames < MaxSentPerTurn; frames++)
        {
            if (!engine.TryEmit(_headers, now, out var emission))
                return false;
            // A frame that the device does not accept counts as lost on the link: the engine retransmits its data in
            // time.
            _recorder?.RecordOutbound(in emission, now);
            if (emission.IsLooped)
                Loop(in emission);
            else if (!device.Write(in emission))
                engine.CountLostWrite();
        }

        return true;
    }

    /// <summary>
    /// Hands this loop a frame that the host sends to itself, to be read in the next turn. Without memory, or when too
    /// many wait, it is lost, as if on the link.
    /// </summary>
    private void Loop(in Emission emission)
    {
        if (home.Pool.TryRent(emission.Length) is not { } frame)
        {
            engine.CountLostWrite();
            return;
        }

        frame.End = emission.CopyTo(frame.Array);
        frame.IsLooped = true;
        if (_mailbox.TryHandOver(frame))
            return;
        engine.CountLostHandOver();
        frame.Release();
    }
}

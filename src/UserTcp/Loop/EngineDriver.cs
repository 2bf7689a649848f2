using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Diagnostics;
using UserTcp.Faults;
using UserTcp.Listening;

namespace UserTcp.Loop;

/// <summary>
/// An engine and its device, driven turn by turn by one thread, which alone may use it. A turn is: requests, frames in,
/// timers, events up, frames out.
/// </summary>
internal sealed class EngineDriver(
    TcpEngine engine, ILinkDevice device, StackLoop loop, EngineOptions options, TimeSpan idleTrimInterval, FlightRecorder? recorder)
{
    /// <summary>
    /// Frames sent in one turn at most, so that what they bring back is read before the device's queue is full of it. With many
    /// connections there is more than that to send at once.
    /// </summary>
    private const int MaxSentPerTurn = 256;

    /// <summary>Connections of which one turn asks whether they are idle.</summary>
    private const int MaxIdleChecksPerTurn = 64;

    /// <summary>
    /// Turns in a row in which timers may wait while frames do: one of them may be the acknowledgment that stops a timer. A
    /// flood of frames holds timers up for no longer than that.
    /// </summary>
    private const int MaxTurnsWithoutTimers = 16;

    /// <summary>Devices may count milliseconds in 32 bits.</summary>
    private static readonly TimeSpan MaxSleep = TimeSpan.FromHours(1);

    private readonly LoopClock _clock = loop.Group.Clock;
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly DriverMemory _memory = new(engine, loop, FrameSizeOf(device), idleTrimInterval);
    private readonly int _share = engine.Share.Index;

    private ReadBatch _batch;
    private int _turnsWithoutTimers;

    public TcpEngine Engine => engine;

    public StackLoop Loop => loop;

    public ConnectionRegistry Connections { get; } = new(engine);

    /// <summary>Open listeners.</summary>
    public HashSet<ListenerPump> Listeners { get; } = [];

    /// <summary>The time of this turn.</summary>
    public MonotonicTime Now { get; private set; }

    /// <summary>True once the stack takes nothing new.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>When the drain ends; Never while the stack is not stopping.</summary>
    public MonotonicTime StopDeadline { get; private set; } = MonotonicTime.Never;

    /// <summary>True when the stack is stopping and has nothing left to bring to an end, or no time.</summary>
    public bool IsDrained => IsStopping && (engine.ConnectionCount == 0 || Now >= StopDeadline);

    /// <summary>Octets of a block for the device's frames.</summary>
    public static int FrameSizeOf(ILinkDevice device) =>
        device.Properties.MaxFrame <= BlockPool.StandardSize ? BlockPool.StandardSize : BlockPool.LargeSize;

    /// <summary>One turn. False when nothing has happened in it: the loop may sleep.</summary>
    public bool Turn()
    {
        Now = _clock.Now;
        _memory.Update(Now);
        var hasWorked = loop.RunRequests(this);
        hasWorked |= ReadHandedOverFrames();
        var frames = ReadFrames();
        FireTimers(isDrained: frames < _batch.Size);
        _batch.Record(frames);
        hasWorked |= frames > 0;
        hasWorked |= DispatchEvents();
        loop.RunRequests(this);
        hasWorked |= Emit();
        ReportFaults();
        ParkIdle();
        return hasWorked;
    }

    /// <summary>Does what has been asked of the loop. A fault costs the connection that it was asked for, where it was one.</summary>
    public void Run(LoopRequest item)
    {
        try
        {
            item.Run(this);
        }
        catch (Exception fault) when (item is ConnectionPump or OpenRequest && fault is not EngineFaultException)
        {
            if (item is ConnectionPump pump)
            {
                pump.Fail(this, fault);
                return;
            }

            engine.ReportFault(null, fault, Now);
            item.Fail(CloseReason.Faulted(fault).ToException());
        }
    }

    /// <summary>How long ago this turn began.</summary>
    public TimeSpan SinceTurn() => _clock.Now - Now;

    /// <summary>How long the loop may sleep; infinite when no timer runs.</summary>
    public TimeSpan TimeToSleep()
    {
        var now = _clock.Now;
        var deadline = MonotonicTime.Min(
            MonotonicTime.Min(engine.NextDeadline, engine.NextParking), MonotonicTime.Min(StopDeadline, _memory.NextDeadline(now)));
        if (deadline == MonotonicTime.Never)
            return Timeout.InfiniteTimeSpan;
        var left = deadline - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > MaxSleep ? MaxSleep : left;
    }

    /// <summary>Takes a new connection in.</summary>
    public ConnectionPump Adopt(Tcb tcb, ConnectionOptions connectionOptions, bool inlineContinuations, OpenRequest? opening = null)
    {
        return new ConnectionPump(loop, tcb, connectionOptions, options, inlineContinuations, opening);
    }

    /// <summary>STATUS of everything.</summary>
    public IReadOnlyList<ConnectionSnapshot> SynchronizeAndSnapshot()
    {
        Connections.ForEach(static (pump, host) => pump.SynchronizeCredit(host), this);
        return engine.GetSnapshots(Now);
    }

    /// <summary>Takes nothing new from now on and lets what is there come to its end until <paramref name="drain"/> has passed.</summary>
    public void Stop(TimeSpan drain)
    {
        StopDeadline = MonotonicTime.Min(StopDeadline, Now + drain);
        if (IsStopping)
            return;
        IsStopping = true;
        foreach (var listener in (ListenerPump[])[.. Listeners])
            listener.Close(this);
        Connections.ForEach(static (pump, host) => host.Guard(pump, static (pump, host) => pump.Drain(host)), this);
    }

    /// <summary>Resets what has not come to its end.</summary>
    public void AbortAll()
    {
        Now = _clock.Now;
        Connections.ForEach(static (pump, host) => host.Guard(pump, static (pump, host) => pump.Abort(host)), this);
        while (Emit())
        {
            // Every peer hears of it.
        }

        ReportFaults();
    }

    /// <summary>The stack has failed: everybody who waits is told.</summary>
    public void FailAll(Exception fault)
    {
        var reason = new CloseReason(System.Net.Sockets.SocketError.SocketError, fault);
        foreach (var listener in (ListenerPump[])[.. Listeners])
            listener.Fail(this, reason);
        Connections.ForEach(static (pump, argument) => pump.End(argument.Host, argument.Reason), (Host: this, Reason: reason));
    }

    /// <summary>Does something for a connection, which alone a fault costs.</summary>
    private void Guard(ConnectionPump pump, Action<ConnectionPump, EngineDriver> action)
    {
        try
        {
            action(pump, this);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            pump.Fail(this, fault);
        }
    }

    private void ReportFaults()
    {
        while (engine.TryDequeueFault(out var fault))
            loop.Group.Faults.Record(fault, recorder, Now);
    }

    private void FireTimers(bool isDrained)
    {
        if (!isDrained && ++_turnsWithoutTimers < MaxTurnsWithoutTimers)
            return;
        _turnsWithoutTimers = 0;
        if (engine.NextDeadline <= Now)
            engine.OnTimer(Now);
    }

    /// <summary>Hands frames to the engine, and returns how many there were.</summary>
    private int ReadFrames()
    {
        var block = _memory.RentFrame();
        try
        {
            for (var frames = 0; frames < _batch.Size; frames++)
            {
                block.Start = 0;
                block.End = device.Read(block.Array);
                if (block.End == 0)
                    return frames;
                recorder?.RecordInbound(block.Array, block.End, Now);
                if (engine.OnFrame(block, Now, out var owner) || (owner != _share && TryHandOver(block, owner)))
                    block = _memory.RentFrame();
            }

            return _batch.Size;
        }
        finally
        {
            DriverMemory.ReturnFrame(block);
        }
    }

    /// <summary>False when the owner cannot take it now, which counts as loss on the link.</summary>
    private bool TryHandOver(Block frame, int owner)
    {
        if (!frame.IsLent && loop.Group.Loops[owner].TryGive(frame))
            return true;
        engine.CountLostHandOver();
        return false;
    }

    /// <summary>Frames that other loops have read for this one.</summary>
    private bool ReadHandedOverFrames()
    {
        var frame = loop.TakeGiven();
        if (frame is null)
            return false;
        while (frame is not null)
        {
            var next = frame.NextBlock;
            frame.NextBlock = null;
            recorder?.RecordInbound(frame.Array, frame.End, Now);
            if (!engine.OnFrame(frame, Now))
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
                listener.Fill(this);
        }

        return hasWorked;
    }

    /// <summary>When it fails beyond this connection, <see cref="FailAll"/> ends it with the others.</summary>
    private void Dispatch(ConnectionPump connection, EngineEvents events)
    {
        Connections.InHand = connection;
        try
        {
            connection.OnEvents(this, events);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            connection.Fail(this, fault);
        }

        Connections.InHand = null;
    }

    /// <summary>Parks connections that have been idle for a while, a few in each turn.</summary>
    private void ParkIdle()
    {
        for (var i = 0; i < MaxIdleChecksPerTurn && engine.TryLookForIdle(Now, out var idle); i++)
            (idle?.Owner as ConnectionPump)?.Park(this);
    }

    /// <summary>Sends what there is to send. True when there may be more: the next turn goes on.</summary>
    private bool Emit()
    {
        for (var frames = 0; frames < MaxSentPerTurn; frames++)
        {
            if (!engine.TryEmit(_headers, Now, out var emission))
                return false;
            // What the device does not take is lost like anything a link loses: the engine sends it again in time.
            recorder?.RecordOutbound(in emission, Now);
            if (!device.Write(in emission))
                engine.CountLostWrite();
        }

        return true;
    }
}

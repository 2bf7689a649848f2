using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.State;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>The world of an input: an engine, its application, its link, and a peer that may send anything.</summary>
internal sealed partial class EngineWorld : IEngineObserver
{
    private const int MaxFramesPerStep = 20_000;
    private const int MaxHandles = 64;

    private static readonly Counter[] Counters = Enum.GetValues<Counter>();
    private static readonly string[] CounterNames = [.. Counters.Select(counter => $"counter.{counter}")];

    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly byte[] _frame;
    private readonly byte[] _sent;
    private readonly List<Handle> _handles = [];
    private readonly List<Listener> _listeners = [];
    private readonly EmissionChecks _checks;
    private readonly WorldSetup _setup;
    private readonly FuzzPool _pool;
    private readonly Features _features;
    private MonotonicTime _now;
    private int _frameLength;
    private int _sentLength;
    private int _renumbered;
    private int _blockedFor;
    private bool _isTrusted = true;

    public EngineWorld(WorldSetup setup, FuzzPool pool, Features features, Buffers buffers)
    {
        (_setup, _pool, _features) = (setup, pool, features);
        (_frame, _sent) = (buffers.Frame, buffers.Sent);
        _now = setup.Start;
        Engine = new TcpEngine(setup.Options, setup.Keys, setup.Link, setup.Addresses, pool, this, setup.Share);
        _checks = new EmissionChecks(Engine, setup);
    }

    public TcpEngine Engine { get; }

    /// <summary>The log of steps and segments; null for none.</summary>
    public TextWriter? Log { get; init; }

    public WorldSetup Setup => _setup;

    private EngineState Core => Engine.State;

    /// <summary>Runs the steps and then the end of the world.</summary>
    public void Run(ReadOnlySpan<byte> steps)
    {
        Listen(new Port(80), _setup.ConnectionOptions);
        for (; steps.Length >= 8; steps = steps[8..])
        {
            Log?.WriteLine($"step {Convert.ToHexString(steps[..8])}");
            Step(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(steps));
            Turn();
        }

        _pool.Refusals = 0;
        _blockedFor = 0;
        Turn();
        if (_setup.Heals)
            Heal();
        EndInSilence();
        CountFeatures();
    }

    void IEngineObserver.OnEvent(in TraceEvent traceEvent)
    {
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        var seen = traceEvent.Segment;
        Log?.WriteLine(Line(seen));
        _checks.OnSegment(traceEvent);
        if (seen.Sent)
            _features.Hit(1, (int)seen.Reason, (int)seen.Before, (int)seen.Header.Flags);
        else
            _features.Hit(2, (int)seen.Disposition, ((int)seen.Before * 16) + (int)seen.After, (int)seen.Header.Flags);
    }

    /// <summary>Delivers events to the application and frames to the link, and checks all invariants.</summary>
    private void Turn()
    {
        RenumberNew();
        DispatchEvents();
        if (_blockedFor > 0)
        {
            _blockedFor--;
            Check(isDrained: false);
            return;
        }

        Emit();
        DispatchEvents();
        Emit();
        Check(isDrained: true);
        if (_setup.Parks)
            Park();
    }

    /// <summary>
    /// Parks idle connections, which must not change anything. The checks of the next turn unpark them.
    /// </summary>
    private void Park()
    {
        foreach (var tcb in Core.Connections.All())
            Engine.TryPark(tcb);
    }

    private void Check(bool isDrained)
    {
        if (EngineInvariants.FindViolation(Core, isDrained) is { } violation)
        {
            var colon = violation.IndexOf(':', StringComparison.Ordinal);
            throw new FindingException($"invariant: {violation[..colon]}", violation);
        }

        _checks.AfterStep();
        CheckPool();
    }

    /// <summary>Every rented block belongs to a queue, to a queued reply or datagram, or to the last frame.</summary>
    private void CheckPool()
    {
        long owned = 0;
        foreach (var tcb in Core.Connections.All())
            owned += QueuedIn(tcb);
        foreach (var handle in _handles)
            owned += handle.Tcb.IsLive ? 0 : QueuedIn(handle.Tcb);
        foreach (var listener in _listeners)
        {
            foreach (var tcb in listener.Accepted)
                owned += tcb.IsLive ? 0 : QueuedIn(tcb);
        }

        foreach (var endpoint in _endpoints)
            owned += endpoint.Received.Memory;
        owned += Core.Fragments.Memory;
        var slack = (Core.Replies.Count + Core.Datagrams.Count + 1L) * BlockPool.LargeSize;
        Require(
            _pool.RentedBytes >= owned && _pool.RentedBytes <= owned + slack, "pool: balance",
            $"{_pool.RentedBytes} bytes of blocks are out, queues hold {owned}.");
    }

    private static long QueuedIn(Tcb tcb) =>
        tcb.Active.SendQueue.Memory + tcb.Active.ReceiveQueue.Memory + (tcb.Active.OutOfOrder?.Memory ?? 0);

    private void Deliver(int length)
    {
        _frameLength = length;
        var block = _pool.RentAlways(length);
        block.Append(_frame.AsSpan(0, length));
        if (!Engine.OnFrame(block, _now, out _))
            block.Release();
    }

    private void Emit()
    {
        var count = 0;
        while (Engine.TryEmit(_headers, _now, out var emission))
        {
            Require(++count < MaxFramesPerStep, "output: endless", $"{count} frames at one moment.");
            _sentLength = emission.CopyTo(_sent);
            RememberDatagram(_sent.AsSpan(0, _sentLength));
            _checks.OnEmitted(_sent.AsSpan(0, _sentLength), emission.Headers.Length, emission.SegmentSize);
        }
    }

    private void DispatchEvents()
    {
        while (Engine.TryDequeueEvent(out var engineEvent))
        {
            if (engineEvent.Listener is { } listener)
            {
                if (_setup.Accepts)
                    Accept(listener);
            }
            else if (engineEvent.Endpoint is { } endpoint)
            {
                _features.Hit(5, (int)engineEvent.Events, (int)endpoint.Error);
                if (_setup.Reads > 0 && _endpoints.Contains(endpoint))
                    ReceiveDatagrams(endpoint);
            }
            else
            {
                On(engineEvent.Connection!, engineEvent.Events);
            }
        }
    }

    private void On(Tcb tcb, EngineEvents events)
    {
        _features.Hit(3, (int)events, (int)tcb.State, (int)tcb.Error);
        var handle = _handles.Find(other => other.Tcb == tcb);
        if (handle is null)
            return;
        if (_setup.Reads > 0 || (events & EngineEvents.Closed) != 0)
            Read(handle);
        Engine.DequeueAcknowledged(tcb);
        if ((events & EngineEvents.Closed) != 0)
            _handles.Remove(handle);
    }

    private void Accept(Listener listener)
    {
        while (Engine.TryAccept(listener, out var tcb))
            _handles.Add(new Handle(tcb!));
    }

    private void Listen(Port port, ConnectionOptions options)
    {
        if (Engine.Listen(_setup.Ours, port, null, options, out var listener) == EngineError.None)
            _listeners.Add(listener!);
    }

    /// <summary>Receives data, compares it with the peer's stream, and consumes it.</summary>
    private void Read(Handle handle, bool consumes = true)
    {
        var chain = Engine.Receive(handle.Tcb);
        for (var block = chain; block is not null; block = block.NextBlock)
        {
            Require(
                !_isTrusted || Pattern.Matches(block.Content, handle.Received + 1), "payload: received",
                $"{block.Length} bytes at offset {handle.Received} of {handle.Tcb.Tuple} are not what was sent.");
            handle.Received += (uint)block.Length;
            handle.Unconsumed += block.Length;
        }

        Block.ReleaseChain(chain);
        if (!consumes)
            return;
        Engine.Consumed(handle.Tcb, handle.Unconsumed, _now);
        handle.Unconsumed = 0;
    }

    private void Send(Handle handle, int bytes)
    {
        var offset = (uint)(1 + handle.Written);
        Block? first = null, last = null;
        for (var left = bytes; left > 0;)
        {
            var block = _pool.RentAlways();
            var count = Math.Min(left, block.Free.Length);
            Pattern.Fill(block.Free[..count], offset);
            block.End += count;
            (left, offset) = (left - count, offset + (uint)count);
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }

        if (first is not null && Engine.Send(handle.Tcb, first, _now))
            handle.Written += bytes;
    }

    /// <summary>Moves the numbers of a connection without sent data next to the wrap.</summary>
    private void RenumberNew()
    {
        if (_setup.SequenceNear is not { } near)
            return;
        foreach (var tcb in Core.Connections.All())
        {
            // Not after a connection in TIME-WAIT: the numbers have to lie beyond that one's.
            if (tcb.Active.Snd.Nxt != tcb.Active.Snd.Iss || tcb.Active.SendQueue.Length > 0
                || tcb.State is not (TcpState.SynSent or TcpState.SynReceived)
                || tcb.Active.Snd.Iss.Value - near < 1 << 17 || near - tcb.Active.Snd.Iss.Value < 1 << 17
                || Engine.Counters[Counter.TimeWaits] > 0)
            {
                continue;
            }

            var iss = new SeqNum(near) - (uint)(1 + (Dice.Mix((uint)_renumbered++) & 0x7FFF));
            tcb.Active.Snd.Begin(iss);
            tcb.Active.SendQueue.Begin(iss + 1);
        }
    }

    private string Line(in SegmentObservation seen)
    {
        var relative = seen.Sent
            ? $"seq {seen.Header.Seq - seen.Iss.GetValueOrDefault()} ack "
                + $"{seen.Header.Ack - seen.Irs.GetValueOrDefault()}"
            : $"seq {seen.Header.Seq - seen.Irs.GetValueOrDefault()} ack "
                + $"{seen.Header.Ack - seen.Iss.GetValueOrDefault()}";
        var (blocks, origin) = (seen.Sack, (seen.Sent ? seen.Irs : seen.Iss).GetValueOrDefault());
        var sack = string.Join(
            ' ',
            Enumerable.Range(0, blocks.Count).Select(i => $"[{blocks[i].Left - origin},{blocks[i].Right - origin})"));
        return $"  {new TimeSpan(seen.Time.Ticks - _setup.Start.Ticks)} {(seen.Sent ? ">" : "<")} {seen.Tuple} "
            + $"[{seen.Header.Flags}] {relative} " +
            $"data {seen.PayloadLength} window {seen.Window} {sack} {seen.Before}>{seen.After} "
            + $"{(seen.Sent ? $"{seen.Reason}" : $"{seen.Disposition}")}";
    }

    private void CountFeatures()
    {
        for (var i = 0; i < Counters.Length; i++)
        {
            var count = Engine.Counters[Counters[i]];
            if (count == 0)
                continue;
            _features.Hit(4, (int)Counters[i], Features.Magnitude(count));
            _features.Add(CounterNames[i], count);
        }
    }

    /// <summary>Memory shared by the successive worlds of a thread.</summary>
    internal sealed class Buffers
    {
        public byte[] Frame { get; } = new byte[70_000];

        public byte[] Sent { get; } = new byte[70_000];
    }
}

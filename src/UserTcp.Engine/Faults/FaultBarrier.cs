using System.Diagnostics.CodeAnalysis;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Faults;

/// <summary>
/// Contains exceptions (docs/decisions/0034). One thrown while a connection is handled costs that connection: it is
/// reset and removed. One thrown while a frame of no connection is handled costs the frame. Not contained are faults in
/// shared state, faults during a removal, and more than <see cref="EngineOptions.MaxConnectionFaults"/> within a
/// minute.
/// </summary>
internal sealed class FaultBarrier(EngineState engine)
{
    /// <summary>Maximum number of queued reports; further faults are only counted.</summary>
    private const int MaxReports = 64;

    private readonly FaultRate _rate = new(engine.Options.MaxConnectionFaults);
    private readonly Queue<ConnectionFault> _reports = new();
    private bool _isRemoving;

    public bool TryDequeueReport([NotNullWhen(true)] out ConnectionFault? report) => _reports.TryDequeue(out report);

    /// <summary>
    /// Contains a fault. False when it belongs to no single connection or frame: then the engine has failed.
    /// </summary>
    /// <param name="fault">The exception.</param>
    /// <param name="now">The current time.</param>
    /// <param name="loose">A block or chain that may already be in a queue of the connection.</param>
    /// <param name="isLooseAbandoned">True when it was in a queue, and is abandoned with it.</param>
    /// <exception cref="EngineFaultException">The fault exceeds the limit, or came during a removal.</exception>
    public bool TryContain(Exception fault, MonotonicTime now, Block? loose, out bool isLooseAbandoned)
    {
        isLooseAbandoned = false;
        var victim = engine.Current.Tcb;
        var limit = engine.Options.MaxConnectionFaults;
        if (limit == 0 || _isRemoving || (victim is null && !engine.Current.IsStateless) || engine.IsSharedStateBroken)
            return false;
        if (!_rate.TryAdd(now))
        {
            throw new EngineFaultException(
                $"More than {limit} faults within a minute ({nameof(EngineOptions.MaxConnectionFaults)}). " +
                $"The last: {fault.GetType().Name}: {fault.Message}",
                fault);
        }

        engine.Counters.Add(victim is null ? Counter.DroppedFault : Counter.ConnectionFaults);
        if (victim is not null)
            isLooseAbandoned = Remove(victim, fault, loose);
        if (_reports.Count < MaxReports)
            _reports.Enqueue(new ConnectionFault(fault, victim, victim?.Tuple, now));
        return true;
    }

    /// <summary>
    /// Releases what the engine holds for a connection that cannot be deleted normally. Nobody is notified.
    /// </summary>
    public void Discard(Tcb tcb)
    {
        Lifecycle.Expel(engine, tcb);
        Salvage(tcb, ownsReceived: true);
    }

    private bool Remove(Tcb victim, Exception fault, Block? loose)
    {
        _isRemoving = true;
        try
        {
            victim.Fault ??= fault;
            // In SYN-SENT the peer has no connection to reset.
            if (victim.IsLive && victim.State >= TcpState.SynReceived)
                Lifecycle.SendReset(engine, victim, SegmentReason.ResetFault);
            // Data received by an ended connection stays readable for its application.
            var ownsReceived = victim.IsLive || victim.IsOrphan;
            Lifecycle.Expel(engine, victim);
            var blocks = Salvage(victim, ownsReceived);
            _isRemoving = false;
            return loose is not null && blocks.Contains(loose);
        }
        catch (Exception second)
        {
            // _isRemoving stays set: the engine has failed and contains nothing more.
            throw new EngineFaultException(
                "A fault while a connection was being removed because of another one: " +
                $"{second.GetType().Name}: {second.Message}",
                new AggregateException(fault, second));
        }
    }

    private static BlockSalvage Salvage(Tcb tcb, bool ownsReceived)
    {
        var blocks = new BlockSalvage();
        blocks.Abandon(tcb.SendQueue.Detach());
        if (ownsReceived)
            blocks.Abandon(tcb.ReceiveQueue.DequeueAll());
        if (tcb.OutOfOrder is { } outOfOrder)
        {
            foreach (var chain in outOfOrder.Chains)
                blocks.Abandon(chain);
        }

        tcb.OutOfOrder = null;
        tcb.SackGenerator = null;
        return blocks;
    }
}

/// <summary>
/// Abandons the blocks of a connection whose queues may be corrupt. Their pool never rents them again, since a block
/// with two owners would leak data from one connection into another; the garbage collector frees them. Cyclic and
/// shared chains are walked once.
/// </summary>
internal sealed class BlockSalvage
{
    private readonly HashSet<Block> _abandoned = new(ReferenceEqualityComparer.Instance);

    /// <summary>True when the block was in one of the abandoned chains.</summary>
    public bool Contains(Block block) => _abandoned.Contains(block);

    /// <summary>Abandons a chain, as far as it can be followed.</summary>
    public void Abandon(Block? first)
    {
        for (var block = first; block is not null && _abandoned.Add(block); block = block.NextBlock)
            block.Discard();
    }
}

/// <summary>Counts the faults of the last minute exactly; its memory is bounded by the limit.</summary>
internal sealed class FaultRate(int limit)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<MonotonicTime> _faults = new();

    /// <summary>Counts a fault. False when it exceeds the limit within a minute.</summary>
    public bool TryAdd(MonotonicTime now)
    {
        while (_faults.TryPeek(out var oldest) && now - oldest >= Window)
            _faults.Dequeue();
        if (_faults.Count >= limit)
            return false;
        _faults.Enqueue(now);
        return true;
    }
}

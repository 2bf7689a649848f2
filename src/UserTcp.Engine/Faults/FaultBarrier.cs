using System.Diagnostics.CodeAnalysis;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Faults;

/// <summary>
/// Contains what is thrown while one connection is handled (docs/decisions/0034): that connection is reset and removed, and the others go
/// on. What is thrown while nothing but a frame is handled costs the frame. A fault in shared state, a fault during the removal, and more
/// faults within a minute than <see cref="EngineOptions.MaxConnectionFaults"/> are not contained.
/// </summary>
internal sealed class FaultBarrier(EngineState engine)
{
    /// <summary>Reports that wait to be taken at most; faults beyond that are only counted.</summary>
    private const int MaxReports = 64;

    private readonly FaultRate _rate = new(engine.Options.MaxConnectionFaults);
    private readonly Queue<ConnectionFault> _reports = new();
    private bool _isRemoving;

    public bool TryDequeueReport([NotNullWhen(true)] out ConnectionFault? report) => _reports.TryDequeue(out report);

    /// <summary>Contains a fault. False when it is not one connection's or one frame's: then the engine has failed.</summary>
    /// <param name="fault">What was thrown.</param>
    /// <param name="now">The time.</param>
    /// <param name="loose">A block, or a chain of them, that may have got into a queue of the connection, or not.</param>
    /// <param name="isLooseTaken">True when it had, and has been abandoned with the queue.</param>
    /// <exception cref="EngineFaultException">There were too many, or another one while the connection was being removed.</exception>
    public bool TryContain(Exception fault, MonotonicTime now, Block? loose, out bool isLooseTaken)
    {
        isLooseTaken = false;
        var victim = engine.Current.Tcb;
        var limit = engine.Options.MaxConnectionFaults;
        if (limit == 0 || _isRemoving || (victim is null && !engine.Current.IsStateless) || engine.IsSharedStateBroken)
            return false;
        if (!_rate.TryAdd(now))
        {
            throw new EngineFaultException(
                $"More than {limit} faults within a minute ({nameof(EngineOptions.MaxConnectionFaults)}). The last: {fault.GetType().Name}: {fault.Message}", fault);
        }

        engine.Counters.Add(victim is null ? Counter.DroppedFault : Counter.ConnectionFaults);
        if (victim is not null)
            isLooseTaken = Remove(victim, fault, loose);
        if (_reports.Count < MaxReports)
            _reports.Enqueue(new ConnectionFault(fault, victim, victim?.Tuple, now));
        return true;
    }

    /// <summary>Takes back what the engine holds for a connection that cannot be deleted in the ordinary way, without telling anybody.</summary>
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
            // SYN-SENT has nobody to tell: what the peer would believe is not known.
            if (victim.IsLive && victim.State >= TcpState.SynReceived)
                Lifecycle.SendReset(engine, victim, SegmentReason.ResetFault);
            // What an ended connection has received is its user's to take, as after any other end.
            var ownsReceived = victim.IsLive || victim.IsOrphan;
            Lifecycle.Expel(engine, victim);
            var blocks = Salvage(victim, ownsReceived);
            _isRemoving = false;
            return loose is not null && blocks.Contains(loose);
        }
        catch (Exception second)
        {
            // _isRemoving stays: whatever the engine is asked from now on is not to be trusted.
            throw new EngineFaultException(
                $"A fault while a connection was being removed because of another one: {second.GetType().Name}: {second.Message}",
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
/// The blocks of a connection whose queues cannot be trusted. Their pool strikes them off and never hands them out again: a block that
/// two owners believe to be theirs would carry the data of one connection into another. The garbage collector gets them. A chain that
/// goes round, and one that is in two queues, are walked once.
/// </summary>
internal sealed class BlockSalvage
{
    private readonly HashSet<Block> _abandoned = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the block was in one of the chains.</summary>
    public bool Contains(Block block) => _abandoned.Contains(block);

    /// <summary>Abandons a chain, as far as it can be followed.</summary>
    public void Abandon(Block? first)
    {
        for (var block = first; block is not null && _abandoned.Add(block); block = block.NextBlock)
            block.Discard();
    }
}

/// <summary>Faults within the last minute, counted exactly; memory for as many as the limit at most.</summary>
internal sealed class FaultRate(int limit)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<MonotonicTime> _faults = new();

    /// <summary>Counts one more. False when that is one more than the limit within a minute.</summary>
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

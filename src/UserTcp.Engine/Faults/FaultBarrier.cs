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

using UserTcp.Buffers;
using UserTcp.Diagnostics;
using UserTcp.Engine;
using UserTcp.Engine.Diagnostics;
using UserTcp.Faults;

namespace UserTcp.Loop;

/// <summary>
/// The loops of one stack, one for each queue of its device: what they share, and how they come to one end. They stop when all have
/// come to the end of their connections, since any of them may read what is another's; a fault in one is a fault in all.
/// </summary>
internal sealed class LoopGroup
{
    private readonly ILinkDevice _device;
    private readonly WatchHub _watchers;
    private readonly StackLoop[] _loops;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _fault;
    private int _undrained;
    private int _running;
    private int _alive;
    private int _nextOpen;

    public LoopGroup(ILinkDevice device, WatchHub watchers, TimeSpan spin, MemoryBudget budget, FaultLog faults)
    {
        _device = device;
        _watchers = watchers;
        Budget = budget;
        Faults = faults;
        _loops = [.. device.Queues.Select((queue, index) => new StackLoop(queue, this, index, spin))];
        if (_loops.Length is 0 or > EngineShare.MaxCount)
            throw new ArgumentException($"A device has 1 to {EngineShare.MaxCount} queues, and {device.Name} has {_loops.Length}.", nameof(device));
        _undrained = _running = _alive = _loops.Length;
    }

    /// <summary>All loops; the index is that of the engine's share.</summary>
    public IReadOnlyList<StackLoop> Loops => _loops;

    /// <summary>Who watches all engines now.</summary>
    public IEngineObserver? Observer => _watchers.Observer;

    /// <summary>The faults that all have contained.</summary>
    public FaultLog Faults { get; }

    /// <summary>The time of all.</summary>
    public LoopClock Clock { get; } = new();

    /// <summary>The memory of all.</summary>
    public MemoryBudget Budget { get; }

    /// <inheritdoc cref="UserTcpStack.Completion"/>
    public Task Completion => _completion.Task;

    /// <inheritdoc cref="UserTcpStack.BlocksRented"/>
    public int BlocksRented
    {
        get
        {
            // A block goes back to the pool it came from, whichever loop it has got to.
            var rented = 0;
            foreach (var loop in _loops)
                rented += loop.Pool.Rented;
            return rented;
        }
    }

    /// <summary>The loop for the next active open: each in turn.</summary>
    public StackLoop AssignLoop() => _loops[unchecked((uint)Interlocked.Increment(ref _nextOpen)) % (uint)_loops.Length];

    /// <summary>Lets the other loops turn: one of them may have connections whose memory is needed.</summary>
    public void NudgeOthers(StackLoop loop)
    {
        foreach (var other in _loops)
        {
            if (!ReferenceEquals(other, loop))
                other.Post(new Nudge());
        }
    }

    /// <summary>Asks something of every loop, without waiting.</summary>
    public void PostToAll(Action<EngineDriver> action)
    {
        foreach (var loop in _loops)
        {
            loop.Post(new LoopCall<bool>(
                host =>
                {
                    action(host);
                    return true;
                },
                whenEnded: static () => false));
        }
    }

    /// <inheritdoc cref="UserTcpStack.GetCounters"/>
    public EngineCounters GetCounters() => EngineCounters.Sum(
        _loops.Select(loop => loop.Call(static host => host.Engine.Counters.Snapshot(), () => loop.FinalCounters)));

    /// <inheritdoc cref="UserTcpStack.GetConnections"/>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() =>
        JoinedSnapshots.Of([.. _loops.Select(loop => loop.Call(static host => host.SynchronizeAndSnapshot(), static () => []))]);

    /// <summary>A loop, and only once, has come to the end of its connections.</summary>
    public void ReportDrained()
    {
        if (Interlocked.Decrement(ref _undrained) == 0)
            NudgeAll(fault: null);
    }

    /// <summary>True when all loops have reported; they may end.</summary>
    public bool IsDrained => Volatile.Read(ref _undrained) == 0;

    /// <summary>A loop has failed, and the others fail with it.</summary>
    public void ReportFault(Exception fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
            NudgeAll(fault);
    }

    /// <summary>A loop uses the device no more; with the last one, it is disposed of. Returns the loop's fault, which may be the device's now.</summary>
    public Exception? Leave(Exception? fault)
    {
        if (Interlocked.Decrement(ref _running) > 0)
            return fault;
        // The first fault of several loops is the one that counts.
        _fault = StackLoop.Try(_device.Dispose, _loops.Length == 1 ? fault : _fault ?? fault);
        return _fault;
    }

    /// <summary>A loop has ended, the last thing that it says.</summary>
    public void ReportEnded()
    {
        if (Interlocked.Decrement(ref _alive) > 0)
            return;
        _watchers.Complete();
        if (_fault is null)
            _completion.SetResult();
        else
            _completion.SetException(_fault);
    }

    private void NudgeAll(Exception? fault)
    {
        foreach (var loop in _loops)
        {
            if (!loop.IsCurrent)
                loop.Post(new Nudge(fault));
        }
    }
}

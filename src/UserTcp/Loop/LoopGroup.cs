using UserTcp.Buffers;
using UserTcp.Connections;
using UserTcp.Diagnostics;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Faults;
using UserTcp.Listening;
using UserTcp.Requests;
using UserTcp.Telemetry;

namespace UserTcp.Loop;

/// <summary>The loops of one stack, one for each queue of its device. Any thread.</summary>
internal sealed class LoopGroup
{
    private readonly StackLoop[] _loops;
    private readonly StackEnd _end;
    private int _nextOpen;

    /// <param name="device">The link device.</param>
    /// <param name="settings">The loops' options.</param>
    /// <param name="budget">The memory of all loops.</param>
    /// <param name="faults">Where contained faults are recorded.</param>
    /// <param name="watchers">What ends with the last loop.</param>
    /// <param name="meter">The stack's metrics.</param>
    /// <param name="createEngine">Creates the engine of one queue.</param>
    /// <exception cref="ArgumentException">
    /// The device has no queue or too many, or an engine cannot be created.
    /// </exception>
    public LoopGroup(
        ILinkDevice device, LoopSettings settings, MemoryBudget budget, FaultLog faults, WatchHub watchers,
        StackMeter meter, Func<ILinkDevice, BlockPool, EngineShare, TcpEngine> createEngine)
    {
        var queues = device.Queues;
        if (queues.Count is 0 or > EngineShare.MaxCount)
        {
            throw new ArgumentException(
                $"A device has 1 to {EngineShare.MaxCount} queues, and {device.Name} has {queues.Count}.",
                nameof(device));
        }

        var gate = settings.HasThreads ? null : new Lock();
        LoopMailbox[] mailboxes =
            [.. queues.Select(queue => new LoopMailbox(queue, device, EngineDriver.MaxHandedOver(queue), gate))];
        Homes =
            [.. mailboxes.Select(mailbox => new ConnectionHome(mailbox, budget.CreatePool(), settings.Engine, meter))];
        Listeners = [.. Homes.Select(home => new LoopListeners(home))];
        var shared = new LoopShared(settings.Clock, budget, faults, mailboxes);
        _end = new StackEnd(device, mailboxes, watchers);
        _loops = [.. queues.Select(CreateLoop)];

        StackLoop CreateLoop(ILinkDevice queue, int index)
        {
            var engine = createEngine(queue, Homes[index].Pool, new EngineShare(index, queues.Count));
            var driver = new EngineDriver(engine, queue, Homes[index], Listeners[index], shared, settings);
            var name = index == 0 ? queue.Name : $"{queue.Name}/{index}";
            return new StackLoop(driver, mailboxes[index], _end, gate, settings.SpinTime, name);
        }
    }

    /// <summary>All loops; the index is that of the engine's share.</summary>
    public IReadOnlyList<StackLoop> Loops => _loops;

    /// <summary>Where the connections of each loop live.</summary>
    public IReadOnlyList<ConnectionHome> Homes { get; }

    /// <summary>The listeners of each loop.</summary>
    public IReadOnlyList<LoopListeners> Listeners { get; }

    /// <inheritdoc cref="UserTcpStack.Completion"/>
    public Task Completion => _end.Completion;

    /// <inheritdoc cref="UserTcpStack.BlocksRented"/>
    public int BlocksRented
    {
        get
        {
            // A block returns to the pool it came from, even when another loop releases it.
            var rented = 0;
            foreach (var home in Homes)
                rented += home.Pool.Rented;
            return rented;
        }
    }

    /// <summary>Starts all threads, or hands the loops to what runs them instead.</summary>
    public void Start(Action<StackLoop>? run)
    {
        foreach (var loop in _loops)
        {
            if (run is null)
                loop.Start();
            else
                run(loop);
        }
    }

    /// <summary>Assigns a loop to an active open: each in turn.</summary>
    public LoopMailbox AssignLoop()
    {
        var number = unchecked((uint)Interlocked.Increment(ref _nextOpen));
        return Homes[(int)(number % (uint)Homes.Count)].Mailbox;
    }

    /// <summary>Asks every loop to call a function, without waiting.</summary>
    public void PostToAll(Action<EngineDriver> action)
    {
        foreach (var loop in _loops)
            loop.Post(action);
    }

    /// <inheritdoc cref="UserTcpStack.GetCounters"/>
    public EngineCounters GetCounters() => EngineCounters.Sum(
        _loops.Select(loop => loop.Call(static driver => driver.Engine.Counters.Snapshot(), () => loop.FinalCounters)));

    /// <inheritdoc cref="UserTcpStack.GetConnections"/>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() =>
        JoinedSnapshots.Join(
            [.. _loops.Select(loop => loop.Call(static driver => driver.SynchronizeAndSnapshot(), static () => []))]);
}

using System.Net;
using UserTcp.Buffers;
using UserTcp.Connections;
using UserTcp.Datagrams;
using UserTcp.Diagnostics;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Faults;
using UserTcp.Listening;
using UserTcp.Requests;
using UserTcp.Telemetry;
using UserTcp.Wire;

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
        Endpoints = [.. Homes.Select(home => new LoopEndpoints(home))];
        var shared = new LoopShared(settings.Clock, budget, faults, mailboxes);
        _end = new StackEnd(device, mailboxes, watchers);
        _loops = [.. queues.Select(CreateLoop)];

        StackLoop CreateLoop(ILinkDevice queue, int index)
        {
            var engine = createEngine(queue, Homes[index].Pool, new EngineShare(index, queues.Count));
            var driver = new EngineDriver(
                engine, queue, Homes[index], Listeners[index], Endpoints[index], shared, settings);
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

    /// <summary>The UDP endpoints of each loop.</summary>
    public IReadOnlyList<LoopEndpoints> Endpoints { get; }

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
    public LoopMailbox AssignLoop() => Homes[AssignNumber()].Mailbox;

    /// <summary>
    /// Binds a UDP endpoint. Port 0 is a free port of any loop; any other port belongs to one loop. The endpoint, or
    /// the error, or neither when the stack is ending.
    /// </summary>
    public async Task<(DatagramPump? Endpoint, EngineError? Error)> BindAsync(
        IPEndPoint local, UdpFlags flags, bool inlineContinuations)
    {
        // What an engine says about the owner follows from its keys alone, so any thread may ask.
        var first = local.Port == 0 ? AssignNumber() : _loops[0].Engine.ShareOf(new Port((ushort)local.Port));
        var tries = local.Port == 0 ? _loops.Length : 1;
        (DatagramPump? Endpoint, EngineError? Error) bound = default;
        for (var i = 0; i < tries; i++)
        {
            bound = await Endpoints[(first + i) % _loops.Length].BindAsync(local, flags, inlineContinuations)
                .ConfigureAwait(false);
            if (bound.Error != EngineError.AddressNotAvailable)
                break;
        }

        return bound;
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

    private int AssignNumber() =>
        (int)(unchecked((uint)Interlocked.Increment(ref _nextOpen)) % (uint)Homes.Count);

    /// <inheritdoc cref="UserTcpStack.GetConnections"/>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() =>
        JoinedSnapshots.Join(
            [.. _loops.Select(loop => loop.Call(static driver => driver.SynchronizeAndSnapshot(), static () => []))]);
}

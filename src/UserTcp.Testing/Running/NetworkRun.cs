using UserTcp.Testing.Detection;
using UserTcp.Testing.Time;

namespace UserTcp.Testing.Running;

/// <summary>One test on one network, from its start to its result.</summary>
internal sealed class NetworkRun
{
    /// <summary>Steps that the loops of a failed network may take to end their stacks.</summary>
    private const int MaxLastSteps = 100_000;

    /// <summary>One test at a time: they share the pool.</summary>
    private static readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>True in the test itself and in all that it starts.</summary>
    private static readonly AsyncLocal<bool> _isInside = new();

    private readonly VirtualNetworkOptions _options;
    private readonly Findings _findings = new();
    private readonly World _world;
    private readonly VirtualNetwork _network;

    private NetworkRun(VirtualNetworkOptions options)
    {
        _options = options;
        _world = new World(new VirtualClock(options.Start, options.Order), options.MaxTime, options.BusyAfter);
        var foreign = options is { Level: VirtualLevel.Exact, DetectForeignThreads: true }
            ? new ForeignThreads(_findings, () => _world.IsSettingUp)
            : null;
        _world.Clock.TimerSet = foreign is null ? null : foreign.Check;
        if (options.Level == VirtualLevel.Fates)
            _world.Clock.Queue = Queue;
        _network = new VirtualNetwork(options, _world, foreign);
    }

    /// <summary>Waits for its turn, and runs a test.</summary>
    public static async Task<VirtualResult> RunAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions options, CancellationToken cancellationToken)
    {
        if (_isInside.Value)
        {
            throw new InvalidOperationException(
                "A test on a virtual network cannot run another one: the two would wait for each other.");
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ExactProcess.Require(options);
            return await new NetworkRun(options).RunAsync(test, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<VirtualResult> RunAsync(Func<VirtualNetwork, Task> test, CancellationToken cancellationToken)
    {
        using var canceling = cancellationToken.UnsafeRegister(
            static (world, token) => ((World)world!).Cancel(token), _world);
        using var timers = _options is { Level: VirtualLevel.Exact, DetectRealTimers: true }
            ? RealTimers.Watch(_findings, _options.IsOtherTest)
            : null;
        var driver = CreateDriver(timers);
        // On the pool, whatever thread the test's framework uses.
        var running = Task.Run(() =>
        {
            _isInside.Value = true;
            driver.Start();
            return RunToEndAsync(test);
        });
        await Task.WhenAny(running, _world.Failure).ConfigureAwait(false);
        _world.End();
        driver.Stop();
        try
        {
            var error = _world.Failure.IsFaulted
                ? _world.Failure.Exception.InnerException
                : await running.ConfigureAwait(false);
            return error is OperationCanceledException && _world.IsCanceled
                ? throw new OperationCanceledException(cancellationToken)
                : new VirtualResult(_options, _network, error ?? FindError(), _findings.All);
        }
        finally
        {
            EndStacks();
        }
    }

    /// <summary>
    /// Ends what a failed test has left: the stacks would stay for ever. After another test there is nothing left.
    /// </summary>
    private void EndStacks()
    {
        foreach (var host in _network.Hosts)
            host.PowerOff();
        for (var steps = 0; steps < MaxLastSteps && _world.TryRunLoop(); steps++)
        {
            // A loop that has ended its stack is not woken again.
        }
    }

    /// <summary>
    /// Calls a timer's callback on the pool: where a test may block, the driver must not wait for it.
    /// </summary>
    private void Queue(Action callback) => ThreadPool.UnsafeQueueUserWorkItem(
        static item =>
        {
            try
            {
                item.callback();
            }
            catch (Exception error)
            {
                item.world.Fail(error);
            }
        },
        (callback, world: _world), preferLocal: false);

    private IDriver CreateDriver(RealTimers? timers)
    {
        var stuck = new StuckTest(
            _options.StuckAfter, _network.DescribeConnections, () => _findings.All.Concat(timers?.Guards ?? []));
        var blocked = new BlockedWorker(_options.BlockedAfter, _world);
        return _options.Level == VirtualLevel.Exact
            ? new WorkerDriver(_world, stuck, blocked)
            : new ThreadDriver(_world, stuck, WorkerDriver.HasOneWorker ? blocked : null);
    }

    /// <summary>Runs the test and ends the hosts; returns what the test has thrown.</summary>
    private async Task<Exception?> RunToEndAsync(Func<VirtualNetwork, Task> test)
    {
        Exception? error = null;
        try
        {
            await test(_network).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        try
        {
            await _network.EndAsync(isGraceful: error is null).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            error ??= thrown;
        }

        return error;
    }

    /// <summary>Why a test that has passed fails all the same.</summary>
    private VirtualNetworkException? FindError()
    {
        if (_findings.All is [var finding, ..])
        {
            return new VirtualNetworkException(
                VirtualFailureKind.NotExact,
                $"The test is not exact: another run with seed {_options.Seed} may be different. {finding}");
        }

        // A shrinker leaves faults out.
        if (_options.OnlyFaults is not null)
            return null;
        if (_network.Faults.Select(_network.FindUnknownHost).FirstOrDefault(error => error is not null) is { } unknown)
            return unknown;
        var missed = _network.Faults.FirstOrDefault(fault => !fault.IsOptional && fault.Strikes.Count == 0);
        return missed is null
            ? null
            : new VirtualNetworkException(
                VirtualFailureKind.FaultNeverStruck,
                $"The fault \"{missed}\" has never struck, though {missed.Seen} packets left hosts while it was there. "
                + "Correct it, or call Optional() on it.");
    }
}

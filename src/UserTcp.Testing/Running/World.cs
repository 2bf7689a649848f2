using System.Diagnostics;
using UserTcp.Testing.Time;

namespace UserTcp.Testing.Running;

/// <summary>
/// What moves a network: loops that have something to do, and the clock. It takes one step at a time, and only while
/// nothing else runs. Any thread may wake a loop; one thread at a time takes steps.
/// </summary>
/// <param name="clock">The network's clock.</param>
/// <param name="maxTime">Virtual time that a test may take.</param>
/// <param name="busyAfter">Real time in which virtual time may stand still.</param>
internal sealed class World(VirtualClock clock, TimeSpan maxTime, TimeSpan busyAfter)
{
    /// <summary>Virtual time in which only background timers fire before a test counts as stuck.</summary>
    private static readonly TimeSpan DesertedAfter = TimeSpan.FromHours(12);

    private readonly Lock _readyGate = new();
    private readonly Queue<HostLoop> _ready = new();
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _setUpStart;
    private int _settingUp;
    private volatile bool _hasEnded;
    private volatile bool _isCanceled;

    /// <summary>
    /// Held while a loop runs, frames arrive, or the network is changed: with several workers a test changes it while
    /// it runs.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>Real time in which virtual time may stand still.</summary>
    public TimeSpan BusyAfter => busyAfter;

    /// <summary>The network's clock.</summary>
    public VirtualClock Clock => clock;

    /// <summary>Faulted when the network cannot go on.</summary>
    public Task Failure => _failure.Task;

    /// <summary>
    /// True while a thread of the test's own sets something up: loops run, and time stands still.
    /// </summary>
    public bool IsSettingUp => Volatile.Read(ref _settingUp) > 0;

    /// <summary>The test has come to its end: no more steps.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>True from <see cref="Cancel"/> on.</summary>
    public bool IsCanceled => _isCanceled;

    /// <summary>True while only background timers fire: nothing will happen any more.</summary>
    public bool IsDeserted => !IsSettingUp && clock.OnlyBackground > DesertedAfter;

    /// <summary>True when a set-up takes too long; see <see cref="IsSettingUp"/>.</summary>
    public bool IsSetUpLate =>
        IsSettingUp && Stopwatch.GetElapsedTime(Volatile.Read(ref _setUpStart)) > busyAfter;

    /// <summary>True when a loop has something to do.</summary>
    public bool HasReadyLoop
    {
        get
        {
            lock (_readyGate)
                return _ready.Count > 0;
        }
    }

    /// <summary>Queues a loop once.</summary>
    public void Wake(HostLoop loop)
    {
        lock (_readyGate)
        {
            if (loop.IsReady)
                return;
            loop.IsReady = true;
            _ready.Enqueue(loop);
        }
    }

    /// <summary>
    /// Runs one loop, or when none has anything to do, jumps to the next timer. False when there is none either.
    /// </summary>
    public bool TryStep()
    {
        if (TryRunLoop())
            return true;
        if (IsSettingUp)
            return false;
        if (maxTime != Timeout.InfiniteTimeSpan && clock.Elapsed > maxTime)
        {
            Fail(new VirtualNetworkException(
                VirtualFailureKind.TimeLimit,
                $"The test has not ended after {clock.Elapsed.TotalHours:F0} h of virtual time "
                + $"({nameof(VirtualNetworkOptions)}.{nameof(VirtualNetworkOptions.MaxTime)}): something goes on for "
                + "ever, such as a timer that is set again each time. Correct it, or raise the limit."));
            return false;
        }

        return clock.TryFireNext();
    }

    /// <summary>Runs a function on a thread of its own; see <see cref="IsSettingUp"/>.</summary>
    public Task SetUpAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _setUpStart, Stopwatch.GetTimestamp());
        Interlocked.Increment(ref _settingUp);
        new Thread(Run) { IsBackground = true, Name = "set-up" }.Start();
        return done.Task;

        void Run()
        {
            Exception? error = null;
            try
            {
                action();
            }
            catch (Exception thrown)
            {
                error = thrown;
            }

            Interlocked.Decrement(ref _settingUp);
            if (error is null)
                done.SetResult();
            else
                done.SetException(error);
        }
    }

    /// <summary>Ends the network with an error.</summary>
    public void Fail(Exception error)
    {
        if (_failure.TrySetException(error))
            _ = _failure.Task.Exception;
        _hasEnded = true;
    }

    /// <summary>Ends the network since its test is not wanted any more.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        _isCanceled = true;
        Fail(new OperationCanceledException(cancellationToken));
    }

    /// <summary>No more steps.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Runs one loop that has something to do, if there is one; also after the end.</summary>
    public bool TryRunLoop()
    {
        if (!TryDequeue(out var loop))
            return false;
        lock (Gate)
            loop.Run();
        return true;
    }

    private bool TryDequeue(out HostLoop loop)
    {
        lock (_readyGate)
        {
            if (!_ready.TryDequeue(out loop!))
                return false;
            loop.IsReady = false;
            return true;
        }
    }
}

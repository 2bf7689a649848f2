using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>
/// The loop of an engine: it runs turns until there is nothing to do, then rests until a frame, a deadline or a
/// request. On a thread of its own (<see cref="Start"/>) it rests in the device's queue; otherwise its runner calls it
/// (<see cref="RunUntilIdle"/>). Any exception that a turn throws ends the stack.
/// </summary>
internal sealed class StackLoop(
    EngineDriver driver, LoopMailbox mailbox, StackEnd end, Lock? gate, TimeSpan spinTime, string name)
{
    private EngineCounters _finalCounters = new();
    private IdleSpin _spin = new(spinTime.Ticks);
    private bool _hasReportedDrained;
    private bool _isRunning;
    private volatile bool _hasEnded;

    /// <summary>The loop's engine. Other threads may only read its counters and limits.</summary>
    public TcpEngine Engine => driver.Engine;

    /// <summary>The loop's name.</summary>
    public string Name => name;

    /// <summary>The counters as they were when the loop ended.</summary>
    public EngineCounters FinalCounters => _finalCounters;

    /// <summary>True when the loop has ended.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Starts a thread, which owns the driver, its engine and its queue of the device from now on.</summary>
    public void Start() => new Thread(RunThread) { IsBackground = true, Name = name }.UnsafeStart();

    /// <inheritdoc cref="UserTcpLoop.RunUntilIdle"/>
    public TimeSpan RunUntilIdle()
    {
        lock (gate!)
        {
            if (_isRunning)
            {
                throw new InvalidOperationException(
                    "The loop runs on this thread already. Return from the continuation that it has called first.");
            }

            return _hasEnded ? Timeout.InfiniteTimeSpan : RunTurns();
        }
    }

    /// <summary>Calls a function on the loop and waits for its result; any thread.</summary>
    public T Call<T>(Func<EngineDriver, T> function, Func<T> whenEnded) =>
        mailbox.Call(_ => function(driver), whenEnded);

    /// <summary>Asks the loop to call a function, without waiting; any thread.</summary>
    public void Post(Action<EngineDriver> action) => mailbox.Post(new LoopCall<bool>(
        _ =>
        {
            action(driver);
            return true;
        },
        whenEnded: static () => false));

    private TimeSpan RunTurns()
    {
        mailbox.EndRest();
        var previous = driver.Enter();
        _isRunning = true;
        try
        {
            while (TryRunTurn(out var hasWorked))
            {
                if (hasWorked || !mailbox.TryRest())
                    continue;
                driver.FlushRecording();
                return driver.TimeToSleep();
            }

            return Timeout.InfiniteTimeSpan;
        }
        finally
        {
            _isRunning = false;
            LoopMailbox.Leave(previous);
        }
    }

    private void RunThread()
    {
        driver.Enter();
        while (TryRunTurn(out var hasWorked))
        {
            try
            {
                Rest(hasWorked);
            }
            catch (Exception fault)
            {
                End(fault);
                return;
            }
        }
    }

    /// <summary>Runs one turn. False when the loop has ended with it.</summary>
    private bool TryRunTurn(out bool hasWorked)
    {
        Exception? fault = null;
        hasWorked = false;
        try
        {
            hasWorked = driver.RunTurn();
            if (!IsOver())
                return true;
            driver.AbortAll();
        }
        catch (Exception thrown)
        {
            fault = thrown;
        }

        End(fault);
        return false;
    }

    private bool IsOver()
    {
        if (!driver.IsDrained)
            return false;
        if (!_hasReportedDrained)
        {
            _hasReportedDrained = true;
            end.ReportDrained();
        }

        return end.IsDrained;
    }

    private void Rest(bool hasWorked)
    {
        if (hasWorked)
        {
            _spin.OnWork(driver.Now.Ticks);
        }
        else if (_spin.TrySpin(driver.Now.Ticks))
        {
            Thread.Yield();
        }
        else
        {
            driver.FlushRecording();
            mailbox.Sleep(driver.TimeToSleep());
            _spin.OnSlept(driver.SinceTurn().Ticks);
        }
    }

    private void End(Exception? fault)
    {
        _finalCounters = driver.Engine.Counters.Snapshot();
        if (fault is not null)
        {
            end.ReportFault(fault);
            fault = Attempt.Run(() => driver.FailAll(fault), fault);
        }

        fault = Attempt.Run(driver.Engine.Dispose, fault);
        fault = end.LeaveDevice(fault);
        mailbox.End(fault is null
            ? UserTcpError.StackEnded()
            : new IOException($"The stack has failed: {fault.Message}", fault));
        _hasEnded = true;
        end.ReportEnded();
    }
}

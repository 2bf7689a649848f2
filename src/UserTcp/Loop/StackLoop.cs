using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>
/// The thread of an engine: it runs turns until there is nothing to do, then sleeps in the device's queue until a
/// frame, a deadline or a request. Any exception that a turn throws ends the stack.
/// </summary>
internal sealed class StackLoop(EngineDriver driver, LoopMailbox mailbox, StackEnd end, TimeSpan spinTime, string name)
{
    private EngineCounters _finalCounters = new();
    private IdleSpin _spin = new(spinTime.Ticks);
    private bool _hasReportedDrained;

    /// <summary>The loop's engine. Other threads may only read its counters and limits.</summary>
    public TcpEngine Engine => driver.Engine;

    /// <summary>The counters as they were when the loop ended.</summary>
    public EngineCounters FinalCounters => _finalCounters;

    /// <summary>Starts the thread, which owns the driver, its engine and its queue of the device from now on.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();

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

    private void Run()
    {
        driver.Enter();
        Exception? fault = null;
        try
        {
            while (true)
            {
                var hasWorked = driver.RunTurn();
                if (driver.IsDrained)
                {
                    ReportDrainedOnce();
                    if (end.IsDrained)
                        break;
                }

                if (hasWorked)
                    _spin.OnWork(driver.Now.Ticks);
                else if (_spin.TrySpin(driver.Now.Ticks))
                    Thread.Yield();
                else
                    Sleep();
            }

            driver.AbortAll();
        }
        catch (Exception e)
        {
            fault = e;
        }

        End(fault);
    }

    private void ReportDrainedOnce()
    {
        if (_hasReportedDrained)
            return;
        _hasReportedDrained = true;
        end.ReportDrained();
    }

    private void Sleep()
    {
        mailbox.Sleep(driver.TimeToSleep());
        _spin.OnSlept(driver.SinceTurn().Ticks);
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
        end.ReportEnded();
    }
}

using System.Diagnostics;
using UserTcp.Testing.Xunit.Children;
using UserTcp.Testing.Xunit.Results;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>Runs a virtual test: in this process, or in one of its own, as the project says.</summary>
internal sealed class VirtualTestRunner : XunitTestRunnerBase<VirtualTestContext, IXunitTest>
{
    private static readonly VirtualTestRunner _instance = new();

    public static async ValueTask<RunSummary> RunAsync(XunitTestCaseRunnerContext testCase, IXunitTest test)
    {
        var context = new VirtualTestContext(testCase, test);
        await using (context.ConfigureAwait(false))
        {
            await context.InitializeAsync().ConfigureAwait(false);
            return await _instance.Run(context).ConfigureAwait(false);
        }
    }

    protected override ValueTask<TimeSpan> RunTest(VirtualTestContext ctxt) => ctxt.ParallelMode == ParallelMode.All
        ? ctxt.Scheduler.RunParallelTask(() => RunTimedAsync(ctxt), ctxt.CancellationTokenSource.Token)
        : RunTimedAsync(ctxt);

    protected override ValueTask<string> GetTestOutput(VirtualTestContext ctxt) =>
        ctxt.Record is { } record ? new(record.Output) : base.GetTestOutput(ctxt);

    protected override ValueTask<string[]?> GetWarnings(VirtualTestContext ctxt) =>
        ctxt.Record is { Warnings: { Count: > 0 } warnings } ? new([.. warnings]) : base.GetWarnings(ctxt);

    protected override ValueTask<IReadOnlyDictionary<string, TestAttachment>?> GetAttachments(
        VirtualTestContext ctxt) =>
        ctxt.Record is { } record ? new(record.Attachments) : base.GetAttachments(ctxt);

    protected override ValueTask<(bool Continue, TestResultState ResultState)> OnTestPassed(
        VirtualTestContext ctxt, decimal executionTime, string output, string[]? warnings)
    {
        ChildTest.Current?.Write(ctxt.Test, ctxt.Record, skipReason: null, failure: null);
        return base.OnTestPassed(ctxt, executionTime, output, warnings);
    }

    protected override ValueTask<(bool Continue, TestResultState ResultState)> OnTestSkipped(
        VirtualTestContext ctxt, string skipReason, decimal executionTime, string output, string[]? warnings)
    {
        ChildTest.Current?.Write(ctxt.Test, ctxt.Record, skipReason, failure: null);
        return base.OnTestSkipped(ctxt, skipReason, executionTime, output, warnings);
    }

    protected override ValueTask<(bool Continue, TestResultState ResultState)> OnTestFailed(
        VirtualTestContext ctxt, Exception exception, decimal executionTime, string output, string[]? warnings)
    {
        var details = FailureDetails.Of(exception);
        ChildTest.Current?.Write(ctxt.Test, ctxt.Record, skipReason: null, details);
        var message = details.ToMessage(ctxt.Test, executionTime, output, warnings);
        return new((ctxt.MessageBus.QueueMessage(message), TestResultState.FromTestResult(message)));
    }

    private static async ValueTask<TimeSpan> RunTimedAsync(VirtualTestContext ctxt)
    {
        var started = Stopwatch.GetTimestamp();
        await ctxt.Aggregator.RunAsync(() => RunAnywhereAsync(ctxt)).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async ValueTask RunAnywhereAsync(VirtualTestContext ctxt)
    {
        // In a child, the others of a theory are none of its business.
        if (ChildTest.Current?.Runs(ctxt.Test) == false)
            return;
        var plan = RunPlan.Of(ctxt.Test);
        var error = ChildTest.Current is null && plan.Options.Level == VirtualLevel.Exact && VirtualTestMode.InChildren
            ? await RunInChildAsync(ctxt).ConfigureAwait(false)
            : await RunHereAsync(ctxt, plan).ConfigureAwait(false);
        if (error is not null)
            ctxt.Aggregator.Add(error);
    }

    private static async Task<Exception?> RunInChildAsync(VirtualTestContext ctxt)
    {
        var result = await ChildProcess.RunAsync(ctxt.Test).ConfigureAwait(false);
        ctxt.Record = result.ToRecord();
        return result.ToException();
    }

    private static async Task<Exception?> RunHereAsync(VirtualTestContext ctxt, RunPlan plan)
    {
        var exploration = new Exploration(
            plan, network => NetworkRunner.RunAsync(ctxt, network), error => ctxt.GetSkipReason(error) is not null);
        using var over = new CancellationTokenSource();
        // Before the first run: a test's timers of real time are found.
        var late = ctxt.Test.Timeout > 0 && !Debugger.IsAttached
            ? Task.Delay(ctxt.Test.Timeout, over.Token)
            : Task.Delay(Timeout.Infinite, over.Token);
        var running = exploration.RunAsync(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(running, late).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        if (first == late)
        {
            TestContext.Current.CancelCurrentTest();
            return TestTimeoutException.ForTimedOutTest(ctxt.Test.Timeout);
        }

        var failure = await running.ConfigureAwait(false);
        if (failure?.Capture is { } capture)
            ctxt.Record = ctxt.Record?.WithFile(capture, "application/vnd.tcpdump.pcap");
        return failure?.Error;
    }
}

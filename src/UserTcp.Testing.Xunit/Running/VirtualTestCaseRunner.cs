using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>Runs the tests of a virtual test case.</summary>
internal sealed class VirtualTestCaseRunner
    : XunitTestCaseRunnerBase<XunitTestCaseRunnerContext, IXunitTestCase, IXunitTest>
{
    private static readonly VirtualTestCaseRunner _instance = new();

    public static async ValueTask<RunSummary> RunAsync(
        IXunitTestCase testCase, ExplicitOption explicitOption, IMessageBus bus, object?[] constructorArguments,
        ExceptionAggregator aggregator, CancellationTokenSource cancellation, ParallelMode parallelMode,
        ExecutionScheduler scheduler, FixtureMappingManager fixtures)
    {
        var tests = await aggregator.RunAsync(testCase.CreateTests, []).ConfigureAwait(false);
        if (aggregator.ToException() is { } error)
            return End(testCase, error, bus, cancellation);
        var context = new XunitTestCaseRunnerContext(
            testCase, tests, explicitOption, bus, aggregator, testCase.TestCaseDisplayName, testCase.SkipReason,
            cancellation, parallelMode, scheduler, constructorArguments, fixtures);
        await using (context.ConfigureAwait(false))
        {
            await context.InitializeAsync().ConfigureAwait(false);
            return await _instance.Run(context).ConfigureAwait(false);
        }
    }

    protected override ValueTask<RunSummary> RunTest(XunitTestCaseRunnerContext ctxt, IXunitTest test) =>
        VirtualTestRunner.RunAsync(ctxt, test);

    /// <summary>There are no tests: the data cannot be found, or there are none.</summary>
    private static RunSummary End(
        IXunitTestCase testCase, Exception error, IMessageBus bus, CancellationTokenSource cancellation)
    {
        if (!error.Message.StartsWith(DynamicSkipToken.Value, StringComparison.Ordinal))
            return XunitRunnerHelper.FailTestCases(bus, cancellation, [testCase], error);
        XunitRunnerHelper.SkipTestCases(bus, cancellation, [testCase], error.Message[DynamicSkipToken.Value.Length..]);
        // The helper counts it as failed.
        return new RunSummary { Total = 1, Skipped = 1 };
    }
}

using UserTcp.Testing.Xunit.Results;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>
/// Takes one run of a virtual test on a network: creates the test class, initializes it, calls the method, and disposes
/// of the class, as xunit does for a test.
/// </summary>
internal sealed class NetworkRunner : XunitTestRunnerBase<RunContext, IXunitTest>
{
    private static readonly NetworkRunner _instance = new();

    /// <summary>Runs, and throws what the test has thrown.</summary>
    public static async Task RunAsync(VirtualTestContext test, VirtualNetwork network)
    {
        var context = new RunContext(test, network);
        await using (context.ConfigureAwait(false))
        {
            await context.InitializeAsync().ConfigureAwait(false);
            await RunAsync(test, context).ConfigureAwait(false);
            context.Aggregator.ThrowIfFaulted();
        }
    }

    /// <summary>Runs with output, warnings and attachments of its own: those of other runs do not matter.</summary>
    private static async Task RunAsync(VirtualTestContext test, RunContext context)
    {
        var output = new TestOutputHelper();
        output.Initialize(context.MessageBus, context.Test);
        // Attachments are inherited from a test, but not from a test case.
        var token = TestContext.Current.CancellationToken;
        TestContext.SetForTestCase(context.Test.TestCase, TestEngineStatus.Running, token);
        TestContext.SetForTest(context.Test, TestEngineStatus.Running, token, testOutputHelper: output);
        try
        {
            await _instance.RunTest(context).ConfigureAwait(false);
        }
        finally
        {
            var current = TestContext.Current;
            var attachments = current.Attachments ?? new Dictionary<string, TestAttachment>();
            test.Record = new RunRecord(
                output.Output, [.. current.Warnings ?? []],
                new Dictionary<string, TestAttachment>(attachments));
            output.Uninitialize();
        }
    }
}

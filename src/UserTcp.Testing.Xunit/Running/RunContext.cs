using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>One run of a virtual test on one network.</summary>
internal sealed class RunContext(VirtualTestContext test, VirtualNetwork network)
    : XunitTestRunnerContext(
        WithoutTimeout(test.Test), test.ExplicitOption, new SilentBus(test.CancellationTokenSource),
        ExceptionAggregator.Create(), test.CancellationTokenSource, ParallelMode.None, test.Scheduler, test.Attributes,
        test.ConstructorArguments, test.TestFixtureMappings)
{
    protected override object? InvokeTestMethod(object? testClassInstance)
    {
        var arguments = MethodArguments;
        if (Discovery.VirtualTestMethod.HasNetwork(Method))
            arguments = [network, .. arguments.AsSpan(1)];
        return Method.Invoke(testClassInstance, arguments);
    }

    /// <summary>The time limit is one of all runs, and of real time.</summary>
    private static XunitTest WithoutTimeout(IXunitTest test) => new(
        test.TestCase, test.TestMethod, test.DisableParallelization, test.Explicit, test.SkipReason, test.SkipType,
        test.SkipUnless, test.SkipWhen, test.TestDisplayName, test.TestLabel, test.UniqueID, test.Traits, timeout: 0,
        test.TestMethodArguments);

    /// <summary>The messages of a test are those of all its runs.</summary>
    private sealed class SilentBus(CancellationTokenSource cancellation) : IMessageBus
    {
        public bool QueueMessage(IMessageSinkMessage message) => !cancellation.IsCancellationRequested;

        public void Dispose()
        {
        }
    }
}

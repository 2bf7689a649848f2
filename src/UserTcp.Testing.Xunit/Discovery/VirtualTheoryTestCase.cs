using UserTcp.Testing.Xunit.Running;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>A test case that finds its data when it runs, with a test for each.</summary>
internal sealed class VirtualTheoryTestCase : XunitDelayEnumeratedTheoryTestCase, ISelfExecutingXunitTestCase
{
    /// <summary>For xunit, which reads it from a string.</summary>
    [Obsolete("For xunit.")]
    public VirtualTheoryTestCase()
    {
    }

    public VirtualTheoryTestCase(
        IXunitTestMethod method, string displayName, string uniqueId, bool isExplicit, bool skipsWithoutData,
        Type[]? skipExceptions, string? skipReason, Type? skipType, string? skipUnless, string? skipWhen,
        Dictionary<string, HashSet<string>> traits, string? file, int? line, int timeout)
        : base(
            method, displayName, uniqueId, isExplicit, skipsWithoutData, skipExceptions, skipReason, skipType,
            skipUnless, skipWhen, traits, file, line, timeout)
    {
    }

    public ValueTask<RunSummary> Run(
        ExplicitOption explicitOption, IMessageBus messageBus, object?[] constructorArguments,
        ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource, ParallelMode parallelMode,
        ExecutionScheduler scheduler, FixtureMappingManager methodFixtureMappings) =>
        VirtualTestCaseRunner.RunAsync(
            this, explicitOption, messageBus, constructorArguments, aggregator, cancellationTokenSource, parallelMode,
            scheduler, methodFixtureMappings);
}

using UserTcp.Testing.Xunit.Running;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>A test case with one test, which runs on virtual networks.</summary>
internal sealed class VirtualTestCase : XunitTestCase, ISelfExecutingXunitTestCase
{
    /// <summary>For xunit, which reads it from a string.</summary>
    [Obsolete("For xunit.")]
    public VirtualTestCase()
    {
    }

    public VirtualTestCase(
        IXunitTestMethod method, string displayName, string uniqueId, bool isExplicit, string? label,
        bool isSequential, Type[]? skipExceptions, string? skipReason, Type? skipType, string? skipUnless,
        string? skipWhen, Dictionary<string, HashSet<string>> traits,
        object?[] arguments, string? file, int? line, int timeout)
        : base(
            method, displayName, uniqueId, isExplicit, label, isSequential, skipExceptions, skipReason, skipType,
            skipUnless, skipWhen, traits, arguments, file, line, timeout)
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

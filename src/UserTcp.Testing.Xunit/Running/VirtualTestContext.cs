using UserTcp.Testing.Xunit.Results;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>What a virtual test needs and leaves, over all of its runs.</summary>
internal sealed class VirtualTestContext(XunitTestCaseRunnerContext testCase, IXunitTest test)
    : XunitTestRunnerContext(
        test, testCase.ExplicitOption, testCase.MessageBus, testCase.Aggregator.Clone(),
        testCase.CancellationTokenSource, testCase.ParallelMode, testCase.Scheduler, testCase.BeforeAfterTestAttributes,
        testCase.ConstructorArguments, testCase.CaseFixtureMappings)
{
    /// <summary>The attributes that act before and after each run.</summary>
    public IReadOnlyCollection<IBeforeAfterTestAttribute> Attributes { get; } = testCase.BeforeAfterTestAttributes;

    /// <summary>What the last run has written; null before the first.</summary>
    public RunRecord? Record { get; set; }
}

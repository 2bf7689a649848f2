using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>Makes the test cases of a <see cref="VirtualTheoryAttribute"/>.</summary>
internal sealed class VirtualTheoryDiscoverer : TheoryDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        if (!testMethod.IsGenericMethodDefinition || !VirtualTestMethod.HasNetwork(testMethod.Method))
            return base.Discover(discoveryOptions, VirtualTestMethod.Of(testMethod), factAttribute);
        var details = TestIntrospectionHelper.GetTestCaseDetails(discoveryOptions, testMethod, factAttribute);
        return new([new ExecutionErrorTestCase(
            testMethod, details.TestCaseDisplayName, details.UniqueID, details.SourceFilePath, details.SourceLineNumber,
            "A [VirtualTheory] method with a VirtualNetwork is not allowed to be generic.")]);
    }

    protected override ValueTask<IReadOnlyCollection<IXunitTestCase>> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, ITheoryAttribute theoryAttribute,
        ITheoryDataRow dataRow, object?[] testMethodArguments, string? displayNameIndex)
    {
        var details = TestIntrospectionHelper.GetTestCaseDetailsForTheoryDataRow(
            discoveryOptions, testMethod, theoryAttribute, dataRow, testMethodArguments, displayNameIndex);
        return new([new VirtualTestCase(
            details.ResolvedTestMethod, details.TestCaseDisplayName, details.UniqueID, details.Explicit,
            dataRow.Label, dataRow.DisableParallelization ?? theoryAttribute.DisableParallelization,
            details.SkipExceptions, details.SkipReason, details.SkipType, details.SkipUnless, details.SkipWhen,
            TestIntrospectionHelper.GetTraits(testMethod, dataRow), testMethodArguments, details.SourceFilePath,
            details.SourceLineNumber, details.Timeout)]);
    }

    protected override ValueTask<IReadOnlyCollection<IXunitTestCase>> CreateTestCasesForTheory(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, ITheoryAttribute theoryAttribute)
    {
        if (theoryAttribute is { Skip: not null, SkipUnless: null, SkipWhen: null })
            return base.CreateTestCasesForTheory(discoveryOptions, testMethod, theoryAttribute);
        var details = TestIntrospectionHelper.GetTestCaseDetails(discoveryOptions, testMethod, theoryAttribute);
        return new([new VirtualTheoryTestCase(
            details.ResolvedTestMethod, details.TestCaseDisplayName, details.UniqueID, details.Explicit,
            theoryAttribute.SkipTestWithoutData, details.SkipExceptions, details.SkipReason, details.SkipType,
            details.SkipUnless, details.SkipWhen, testMethod.Traits.ToTraits(), details.SourceFilePath,
            details.SourceLineNumber, details.Timeout)]);
    }
}

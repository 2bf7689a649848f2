using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>Makes the test case of a <see cref="VirtualFactAttribute"/>.</summary>
internal sealed class VirtualFactDiscoverer : IXunitTestCaseDiscoverer
{
    public ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        var method = VirtualTestMethod.Of(testMethod);
        var details = TestIntrospectionHelper.GetTestCaseDetails(discoveryOptions, method, factAttribute);
        IXunitTestCase found = FindProblem(testMethod) is { } problem
            ? new ExecutionErrorTestCase(
                method, details.TestCaseDisplayName, details.UniqueID, details.SourceFilePath, details.SourceLineNumber,
                problem)
            : new VirtualTestCase(
                method, details.TestCaseDisplayName, details.UniqueID, details.Explicit, label: null,
                factAttribute.DisableParallelization, details.SkipExceptions, details.SkipReason, details.SkipType,
                details.SkipUnless, details.SkipWhen, method.Traits.ToTraits(),
                method is VirtualTestMethod ? [null] : [], details.SourceFilePath,
                details.SourceLineNumber, details.Timeout);
        return new([found]);
    }

    private static string? FindProblem(IXunitTestMethod method)
    {
        if (method.IsGenericMethodDefinition)
            return "[VirtualFact] methods are not allowed to be generic.";
        return method.Parameters.Count > (VirtualTestMethod.HasNetwork(method.Method) ? 1 : 0)
            ? "A [VirtualFact] method may have one parameter, a VirtualNetwork. For data write [VirtualTheory]."
            : null;
    }
}

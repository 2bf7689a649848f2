using UserTcp.Testing.Xunit.Discovery;
using Xunit;
using Xunit.Runner.Common;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>Methods that cannot be virtual tests.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task A_fact_has_no_parameter_but_a_network() => Assert.Equal(
        "A [VirtualFact] method may have one parameter, a VirtualNetwork. For data write [VirtualTheory].",
        await FindProblemAsync(new VirtualFactDiscoverer(), new VirtualFactAttribute(), nameof(TakeData)));

    [Fact]
    public async Task A_fact_is_not_generic() => Assert.Equal(
        "[VirtualFact] methods are not allowed to be generic.",
        await FindProblemAsync(new VirtualFactDiscoverer(), new VirtualFactAttribute(), nameof(TakeAnything)));

    [Fact]
    public async Task A_theory_with_a_network_is_not_generic() => Assert.Equal(
        "A [VirtualTheory] method with a VirtualNetwork is not allowed to be generic.",
        await FindProblemAsync(new VirtualTheoryDiscoverer(), new VirtualTheoryAttribute(), nameof(TakeAnything)));

    private static async Task<string> FindProblemAsync(
        IXunitTestCaseDiscoverer discoverer, IFactAttribute attribute, string method)
    {
        var info = typeof(DiscoveryTests).GetMethod(
            method, System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        var found = await discoverer.Discover(
            TestFrameworkOptions.ForDiscovery(new TestAssemblyConfiguration()),
            new XunitTestMethod((IXunitTestClass)TestContext.Current.TestClass!, info, []), attribute);
        return Assert.IsType<ExecutionErrorTestCase>(Assert.Single(found)).ErrorMessage;
    }

    private static void TakeData(VirtualNetwork network, int data) => Assert.Fail($"{network} {data}");

    private static void TakeAnything<T>(VirtualNetwork network, T data) => Assert.Fail($"{network} {data}");
}

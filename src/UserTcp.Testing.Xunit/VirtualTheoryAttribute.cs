using System.Runtime.CompilerServices;
using UserTcp.Testing.Xunit.Discovery;
using Xunit;
using Xunit.v3;

namespace UserTcp.Testing;

/// <summary>
/// A test with data (<see cref="InlineDataAttribute"/>, <see cref="MemberDataAttribute"/>, ...) that runs on a virtual
/// network. The method's first parameter may be a <see cref="VirtualNetwork"/>, before those of the data.
/// </summary>
/// <param name="sourceFilePath">The compiler fills it in.</param>
/// <param name="sourceLineNumber">The compiler fills it in.</param>
[XunitTestCaseDiscoverer(typeof(VirtualTheoryDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class VirtualTheoryAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    // No TheoryAttribute: xunit's analyzers would take the network for one of the data.
    : VirtualFactAttribute(sourceFilePath, sourceLineNumber), ITheoryAttribute
{
    /// <summary>True finds the data when the test runs, not before: one test case for all of them.</summary>
    public bool DisableDiscoveryEnumeration { get; set; }

    /// <summary>True adds the number of the data to the test's name.</summary>
    public bool IncludeTestCaseIndex { get; set; }

    /// <summary>True skips a test without data; otherwise it fails.</summary>
    public bool SkipTestWithoutData { get; set; }
}

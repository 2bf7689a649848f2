using System.Runtime.CompilerServices;
using UserTcp.Testing.Xunit.Discovery;
using Xunit;
using Xunit.v3;

namespace UserTcp.Testing;

/// <summary>
/// A test that runs on a virtual network. Its method may have a parameter of the type <see cref="VirtualNetwork"/>. The
/// test class is created anew for each run, on its network.
/// </summary>
/// <param name="sourceFilePath">The compiler fills it in.</param>
/// <param name="sourceLineNumber">The compiler fills it in.</param>
[XunitTestCaseDiscoverer(typeof(VirtualFactDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public class VirtualFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : FactAttribute(sourceFilePath, sourceLineNumber)
{
    private bool? _shrink;

    /// <summary>The seed of the first run; 1 by default. The variable USERTCP_SEED overrules it.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>
    /// Seeds from <see cref="Seed"/> on, each in a run of its own until one fails; 1 by default. The variable
    /// USERTCP_SEED makes it 1.
    /// </summary>
    public int Seeds { get; set; } = 1;

    /// <summary>
    /// Orders of events of the same time that are tried with each seed, the usual one first; 1 by default. The variable
    /// USERTCP_ORDER names one.
    /// </summary>
    public int Orders { get; set; } = 1;

    /// <summary>True runs each seed twice, and fails when the second run differs.</summary>
    public bool Twice { get; set; }

    /// <summary>What a seed repeats; <see cref="VirtualLevel.Exact"/> by default.</summary>
    public VirtualLevel Level { get; set; } = VirtualLevel.Exact;

    /// <summary>
    /// True looks for the fewest faults with which a failed run still fails, and reports that run. By default when
    /// there is more than one seed. The variable USERTCP_FAULTS, from such a report, gives a run these faults alone.
    /// </summary>
    public bool Shrink
    {
        get => _shrink ?? Seeds > 1;
        set => _shrink = value;
    }

    /// <summary>
    /// What the packets of every host meet on their way out, such as <c>loss=3%,delay=20ms</c>. Null for 1 ms one way.
    /// </summary>
    public string? Impairment { get; set; }
}

namespace UserTcp.Testing;

/// <summary>Why a test on a virtual network has failed.</summary>
public enum VirtualFailureKind
{
    /// <summary>The test has thrown: <see cref="Exception.InnerException"/> is its exception.</summary>
    TestThrew,

    /// <summary>
    /// The run depends on more than the seed: <see cref="VirtualLevel.Exact"/> was asked for, and a detector found a
    /// timer of real time or a foreign thread.
    /// </summary>
    NotExact,

    /// <summary>
    /// The only worker waits, for longer than <see cref="VirtualNetworkOptions.BlockedAfter"/>: <c>Wait()</c>,
    /// <c>Result</c>, <c>Thread.Sleep</c>.
    /// </summary>
    Blocked,

    /// <summary>
    /// Nothing has happened for <see cref="VirtualNetworkOptions.StuckAfter"/>, and nothing will: the test waits for
    /// something that never comes.
    /// </summary>
    Stuck,

    /// <summary>
    /// Virtual time has stood still for <see cref="VirtualNetworkOptions.BusyAfter"/>, though something runs.
    /// </summary>
    Busy,

    /// <summary>The test has not ended within <see cref="VirtualNetworkOptions.MaxTime"/>.</summary>
    TimeLimit,

    /// <summary>
    /// A <see cref="VirtualNetwork.SetUpAsync"/> has not ended within <see cref="VirtualNetworkOptions.BusyAfter"/>.
    /// </summary>
    SetUpTimeLimit,

    /// <summary>A fault has never struck, and is not <see cref="VirtualFault.Optional"/>.</summary>
    FaultNeverStruck,

    /// <summary>
    /// The function of a fault has thrown: <see cref="Exception.InnerException"/> is its exception.
    /// </summary>
    FaultThrew,

    /// <summary>A fault names a host that the network never had.</summary>
    UnknownHost,

    /// <summary>Two runs with the same seed differ; see <see cref="VirtualExploration.RunTwiceAsync"/>.</summary>
    RunsDiffer,

    /// <summary>The options, the project or the environment do not allow the test to run.</summary>
    Configuration,

    /// <summary>The process that runs one test has ended without a result.</summary>
    ProcessEnded,
}

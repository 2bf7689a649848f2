using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Testing;

/// <summary>The options of a <see cref="VirtualNetwork"/>.</summary>
public sealed record VirtualNetworkOptions
{
    /// <summary>
    /// What all random decisions follow from: fates of packets, initial sequence numbers, ports, secrets. 1 by default.
    /// </summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// What the seed is to repeat. A network that cannot keep it fails; it never falls back by itself.
    /// </summary>
    public VirtualLevel Level { get; init; } = VirtualLevel.Exact;

    /// <summary>
    /// Permutes events of the same time: 0, the default, keeps their order. Another value may find a race.
    /// </summary>
    public ulong Order { get; init; }

    /// <summary>
    /// What the packets of every host meet on their way out, unless its link has another impairment: 1 ms one way by
    /// default.
    /// </summary>
    public LinkImpairment Impairment { get; init; } = new() { Delay = TimeSpan.FromMilliseconds(1) };

    /// <summary>The limits, times and defaults of every host's TCP.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>The time of day at the start; 2030-01-01 00:00 UTC by default.</summary>
    public DateTimeOffset Start { get; init; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Real time without anything to do, virtual timers included, after which the test counts as stuck. 2 s by default.
    /// </summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Real time in which the only worker waits, after which it counts as blocked. 1 s by default.</summary>
    public TimeSpan BlockedAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Real time in which virtual time may stand still though something runs, and that a set-up may take. 60 s by
    /// default.
    /// </summary>
    public TimeSpan BusyAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Virtual time after which the test fails: it would go on for ever. 1 day by default.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// False lets threads that are not the worker use the network: then its order depends on them, and the output says
    /// so.
    /// </summary>
    public bool DetectForeignThreads { get; init; } = true;

    /// <summary>
    /// False lets the test use timers of real time: then its order may depend on them, and the output says so.
    /// </summary>
    public bool DetectRealTimers { get; init; } = true;

    /// <summary>
    /// True draws the random numbers of OpenSSL from the seed, so that the bytes of TLS repeat as well. Linux only, for
    /// the whole process and for ever: for tests in a process of their own.
    /// </summary>
    public bool SeedsOpenSsl { get; init; }

    /// <summary>
    /// The directory for captures of failed tests; null for none. By default a directory of the system's temporary
    /// files.
    /// </summary>
    public string? Captures { get; init; } = Path.Combine(Path.GetTempPath(), "usertcp-testing");

    /// <summary>
    /// Writes the command that runs a test again with given options, for the report of a failure: for test frameworks.
    /// Null for the options in C#.
    /// </summary>
    public Func<VirtualNetworkOptions, string>? Rerun { get; init; }

    /// <summary>
    /// True on a thread that runs another test of the process at that moment, whose timers of real time do not matter:
    /// for test frameworks that run tests at the same time. Null when there are no others.
    /// </summary>
    public Func<bool>? IsOtherTest { get; init; }

    /// <summary>
    /// The faults that strike, and no others, as the report of a shrunk run lists them; null for those of the seed and
    /// of the test. The test has to be the same one, with the same seed and impairments.
    /// </summary>
    public VirtualFaultList? OnlyFaults { get; init; }

    /// <summary>True for one of a shrinker's runs, which writes no capture.</summary>
    internal bool IsTrial { get; init; }
}

using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>
/// The stack of an application, from the configuration section "UserTcp": appsettings.json, environment
/// (<c>UserTcp__Mtu=9000</c>), command line (<c>--UserTcp:Mtu=9000</c>), or code. Checked when the host starts.
/// </summary>
public sealed class UserTcpOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string SectionName = "UserTcp";

    /// <summary>The stack's addresses when none are configured.</summary>
    public static readonly IReadOnlyList<string> DefaultAddresses = ["198.18.0.2", "2001:db8:75::2"];

    /// <summary>The kernel's addresses when none are configured.</summary>
    public static readonly IReadOnlyList<string> DefaultKernelAddresses = ["198.18.0.1/24", "2001:db8:75::1/64"];

    /// <summary>The TUN interface; "ut%d" takes the next free number.</summary>
    public string Device { get; set; } = "ut0";

    /// <summary>The clone device that TUN interfaces are made with.</summary>
    public string ClonePath { get; set; } = "/dev/net/tun";

    /// <summary>The stack's own addresses; empty means <see cref="DefaultAddresses"/>.</summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>Addresses with prefix lengths for the kernel's end of the link; empty means <see cref="DefaultKernelAddresses"/>.</summary>
    public IList<string> KernelAddresses { get; } = [];

    /// <summary>The MTU in octets, 68 to 65,535; at least 1,280 with an IPv6 address.</summary>
    public int Mtu { get; set; } = LinkProperties.DefaultMtu;

    /// <summary>
    /// Whether the kernel cuts, joins and checksums segments for the stack, in frames of up to 64 KB. An impaired link has none of it.
    /// </summary>
    public bool Offload { get; set; } = true;

    /// <summary>
    /// Queues of the interface, 1 to 16, each with a thread of the stack and its share of the connections. Of the limits of
    /// <see cref="Engine"/> each share has its part. A device of the application's own has as many as it has.
    /// </summary>
    public int Queues { get; set; } = 1;

    /// <summary>A pcapng file that every frame is written to; null for none.</summary>
    public string? CaptureFile { get; set; }

    /// <summary>
    /// The folder that gets a pcapng file with the last frames of a connection (their headers, no data) when a fault of the stack itself has
    /// cost it; null for the system's temporary one. The log says which file.
    /// </summary>
    public string? FaultCaptureFolder { get; set; }

    /// <summary>
    /// Such files in the folder at most, those of earlier runs included: beyond that none is written until some are deleted. 0 for none at all.
    /// </summary>
    public int MaxFaultCaptures { get; set; } = 16;

    /// <inheritdoc cref="UserTcpStackOptions.FlightRecorderFrames"/>
    public int FlightRecorderFrames { get; set; } = UserTcpStackOptions.DefaultFlightRecorderFrames;

    /// <summary>
    /// What goes wrong on the link, in both directions, such as <c>loss=1%,delay=20ms,seed=7</c>
    /// (<see cref="UserTcp.Impairment.LinkImpairment.Parse"/>); null for nothing.
    /// </summary>
    public string? Impair { get; set; }

    /// <summary>How long connections may go on when the host stops, before they are reset.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Runs what awaits a connection on the stack's own thread: least latency, for handlers that never block.</summary>
    public bool InlineContinuations { get; set; }

    /// <inheritdoc cref="UserTcpStackOptions.SpinTime"/>
    public TimeSpan SpinTime { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <inheritdoc cref="UserTcpStackOptions.MaxWatchers"/>
    public int MaxWatchers { get; set; } = 16;

    /// <inheritdoc cref="UserTcpStackOptions.IdleTrimInterval"/>
    public TimeSpan IdleTrimInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Fast Open (<see cref="UserTcpTransportOptions.FastOpen"/>) for Kestrel's endpoints on the stack: only where every request that may
    /// come first may come twice.
    /// </summary>
    public bool FastOpen { get; set; }

    /// <summary>The engine's limits, times and defaults.</summary>
    public EngineOptions Engine { get; set; } = new();
}

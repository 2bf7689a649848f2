using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>
/// Options of an application's stack, from the configuration section "UserTcp": appsettings.json, environment
/// (<c>UserTcp__Mtu=9000</c>), command line (<c>--UserTcp:Mtu=9000</c>), or code. Validated when the host starts.
/// </summary>
public sealed class UserTcpOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string SectionName = "UserTcp";

    /// <summary>The stack's default addresses.</summary>
    public static readonly IReadOnlyList<string> DefaultAddresses = ["198.18.0.2", "2001:db8:75::2"];

    /// <summary>The kernel's default addresses.</summary>
    public static readonly IReadOnlyList<string> DefaultKernelAddresses = ["198.18.0.1/24", "2001:db8:75::1/64"];

    /// <summary>The TUN interface; "ut%d" uses the next free number.</summary>
    public string Device { get; set; } = "ut0";

    /// <summary>The clone device that creates TUN interfaces.</summary>
    public string ClonePath { get; set; } = "/dev/net/tun";

    /// <summary>The stack's own addresses; empty means <see cref="DefaultAddresses"/>.</summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>
    /// Addresses with prefix lengths for the kernel's end of the link; empty means
    /// <see cref="DefaultKernelAddresses"/>.
    /// </summary>
    public IList<string> KernelAddresses { get; } = [];

    /// <summary>The MTU in bytes, 68 to 65,535; min 1,280 with an IPv6 address.</summary>
    public int Mtu { get; set; } = LinkProperties.DefaultMtu;

    /// <summary>
    /// True lets the kernel segment, merge and checksum for the stack, in frames of up to 64 KB. An impaired link has
    /// no offload.
    /// </summary>
    public bool Offload { get; set; } = true;

    /// <summary>
    /// Queues of the interface, 1 to 16, each with a thread of the stack, its share of the connections and of the
    /// limits of <see cref="Engine"/>. Ignored for a device of the application's own.
    /// </summary>
    public int Queues { get; set; } = 1;

    /// <summary>A pcapng file for every frame; null for none.</summary>
    public string? CaptureFile { get; set; }

    /// <summary>
    /// A file for the inputs of the stack's engines (<see cref="UserTcpRecording"/>), which <c>usertcp replay</c> runs
    /// again: it has all data and the stack's secrets. Null for none.
    /// </summary>
    public string? RecordFile { get; set; }

    /// <summary>Max bytes of <see cref="RecordFile"/>; at the limit the recording ends, and the log says so.</summary>
    public long MaxRecordLength { get; set; } = UserTcpRecording.DefaultMaxLength;

    /// <summary>
    /// The folder for a pcapng file with the last frames (headers only) of a connection that a fault of the stack
    /// itself has reset; null for the system's temporary folder. The log names the file.
    /// </summary>
    public string? FaultCaptureFolder { get; set; }

    /// <summary>
    /// Max such files in the folder, including those of earlier runs; further ones are not written. 0 for none.
    /// </summary>
    public int MaxFaultCaptures { get; set; } = 16;

    /// <inheritdoc cref="UserTcpStackOptions.FlightRecorderFrames"/>
    public int FlightRecorderFrames { get; set; } = UserTcpStackOptions.DefaultFlightRecorderFrames;

    /// <summary>
    /// Impairments of the link, in both directions, such as <c>loss=1%,delay=20ms,seed=7</c>
    /// (<see cref="UserTcp.Impairment.LinkImpairment.Parse"/>); null for none.
    /// </summary>
    public string? Impair { get; set; }

    /// <summary>Impairments of what the stack sends, instead of <see cref="Impair"/>; null for those.</summary>
    public string? ImpairFromStack { get; set; }

    /// <summary>Impairments of what the stack receives, instead of <see cref="Impair"/>; null for those.</summary>
    public string? ImpairToStack { get; set; }

    /// <summary>True when the link is impaired, if only by nothing: it moves single segments.</summary>
    internal bool IsImpaired => (Impair ?? ImpairFromStack ?? ImpairToStack) is not null;

    /// <summary>
    /// How long connections may go on after all services have stopped, before they are reset. One whose peer has
    /// acknowledged everything and is silent for an RTO is reset earlier. How long services may take is
    /// <c>HostOptions.ShutdownTimeout</c>.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// True runs continuations on the stack's own thread: min latency, for handlers that never block.
    /// </summary>
    public bool InlineContinuations { get; set; }

    /// <inheritdoc cref="UserTcpStackOptions.SpinTime"/>
    public TimeSpan SpinTime { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <inheritdoc cref="UserTcpStackOptions.MaxWatchers"/>
    public int MaxWatchers { get; set; } = 16;

    /// <summary>
    /// An activity for each connection, with an event for each retransmission and whatever else is worth a look. The
    /// stack is watched then for as long as it runs, which costs some of its throughput.
    /// </summary>
    public bool ConnectionActivities { get; set; }

    /// <inheritdoc cref="UserTcpStackOptions.IdleTrimInterval"/>
    public TimeSpan IdleTrimInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Fast Open (<see cref="UserTcpTransportOptions.FastOpen"/>) for Kestrel's endpoints on the stack: only if the
    /// first request of a connection may arrive twice.
    /// </summary>
    public bool FastOpen { get; set; }

    /// <summary>
    /// True lets Kestrel go on with a request whose client has sent FIN. Like Kestrel's own transport, the default
    /// cancels <c>HttpContext.RequestAborted</c> then; a response is sent all the same.
    /// </summary>
    public bool ServeHalfClosed { get; set; }

    /// <summary>
    /// True lets Kestrel's wildcard endpoints (<c>http://*:80</c>, <c>ASPNETCORE_HTTP_PORTS</c>) listen on the stack's
    /// addresses, and not on the kernel's.
    /// </summary>
    public bool ClaimWildcards { get; set; }

    /// <summary>The engine's limits, times and defaults.</summary>
    public EngineOptions Engine { get; set; } = new();
}

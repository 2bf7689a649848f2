using System.Globalization;
using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp.Tun;

/// <summary>Options of a TUN device.</summary>
public sealed class TunDeviceOptions
{
    private const int SmallestMtu = 68;
    private const int SmallestMtuForIPv6 = 1280;
    private const int LargestMtu = 65_535;

    /// <summary>The kernel's limit for an interface (MAX_TAP_QUEUES).</summary>
    private const int MostQueues = 256;

    /// <summary>
    /// The interface's name, 1 to 15 ASCII characters. The kernel replaces %d by the first free number.
    /// </summary>
    public string Name { get; set; } = "ut0";

    /// <summary>
    /// The interface's MTU in bytes: 68 (RFC 791) to 65,535; minimum 1,280 with an IPv6 address (RFC 8200 section 5).
    /// </summary>
    public int Mtu { get; set; } = LinkProperties.DefaultMtu;

    /// <summary>Addresses of the kernel's side of the link. The interface keeps those that it has.</summary>
    public IList<TunAddress> KernelAddresses { get; } = [];

    /// <summary>
    /// Whether the kernel cuts and joins segments, and completes checksums (IFF_VNET_HDR, TUNSETOFFLOAD). One system
    /// call then moves a frame of up to 64 KB instead of one segment.
    /// </summary>
    public bool Offload { get; set; } = true;

    /// <summary>
    /// With <see cref="Offload"/>, whether the device cuts frames on their way in and completes their checksums. A user
    /// of single segments, such as a link with impairments, then needs fewer system calls. Frames on their way out are
    /// single, complete segments.
    /// </summary>
    public bool CutArriving { get; set; }

    /// <summary>
    /// Queues of the interface, 1 to 256, for several threads at once (IFF_MULTI_QUEUE). The kernel sends the frames of
    /// a flow to the queue that the flow was last written to, and a new flow to any queue.
    /// </summary>
    public int Queues { get; set; } = 1;

    /// <summary>Whether to set the interface up. No frame flows while it is down.</summary>
    public bool BringUp { get; set; } = true;

    /// <summary>The path of the clone device.</summary>
    public string ClonePath { get; set; } = "/dev/net/tun";

    /// <summary>Throws for options that the kernel would refuse with only an errno.</summary>
    internal void Check()
    {
        if (Mtu is < SmallestMtu or > LargestMtu)
            throw Invalid($"An MTU of {Mtu} is not between {SmallestMtu} and {LargestMtu}.");
        if (Queues is < 1 or > MostQueues)
            throw Invalid($"An interface with {Queues} queues is not one with 1 to {MostQueues}.");
        foreach (var address in KernelAddresses)
        {
            if (Mtu < SmallestMtuForIPv6 && address.Address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                throw Invalid(
                    $"""
                    An MTU of {Mtu} is too small for {address}: IPv6 needs {SmallestMtuForIPv6} (RFC 8200 section 5).
                    """);
            }
        }
    }

    private static TunException Invalid(FormattableString message) =>
        new(TunFailure.Configuration, message.ToString(CultureInfo.InvariantCulture));
}

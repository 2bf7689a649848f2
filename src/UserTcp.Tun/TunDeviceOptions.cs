using System.Globalization;
using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp.Tun;

/// <summary>What a TUN device is opened with.</summary>
public sealed class TunDeviceOptions
{
    private const int SmallestMtu = 68;
    private const int SmallestMtuForIPv6 = 1280;
    private const int LargestMtu = 65_535;

    /// <summary>What the kernel gives an interface at most (MAX_TAP_QUEUES).</summary>
    private const int MostQueues = 256;

    /// <summary>The interface's name, 1 to 15 ASCII characters; with %d in it the kernel puts the first free number there.</summary>
    public string Name { get; set; } = "ut0";

    /// <summary>
    /// The interface's MTU in bytes: 68 (RFC 791) to 65,535; minimum 1,280 with an IPv6 address (RFC 8200 section 5).
    /// </summary>
    public int Mtu { get; set; } = LinkProperties.DefaultMtu;

    /// <summary>Addresses of the kernel's side of the link. What the interface has already, it keeps.</summary>
    public IList<TunAddress> KernelAddresses { get; } = [];

    /// <summary>
    /// Whether the kernel cuts and joins segments, and completes checksums (IFF_VNET_HDR, TUNSETOFFLOAD): frames of up to 64 KB instead of
    /// one system call for each segment.
    /// </summary>
    public bool Offload { get; set; } = true;

    /// <summary>
    /// With <see cref="Offload"/>, whether frames are cut here on their way in, and their checksums completed: for who has to look at
    /// every single segment, and would otherwise need a system call for each. Frames on their way out are single, complete segments.
    /// </summary>
    public bool CutArriving { get; set; }

    /// <summary>
    /// Queues of the interface, 1 to 256, which several threads can read and write at once (IFF_MULTI_QUEUE). The kernel sends the frames
    /// of a flow to the queue that the flow was last written to, and those of a new one anywhere.
    /// </summary>
    public int Queues { get; set; } = 1;

    /// <summary>Whether the interface is set up; without it no frame flows until somebody else does.</summary>
    public bool BringUp { get; set; } = true;

    /// <summary>The clone device.</summary>
    public string ClonePath { get; set; } = "/dev/net/tun";

    /// <summary>Refuses what the kernel would refuse with a number instead of a reason.</summary>
    internal void Check()
    {
        if (Mtu is < SmallestMtu or > LargestMtu)
            throw Invalid($"An MTU of {Mtu} is not between {SmallestMtu} and {LargestMtu}.");
        if (Queues is < 1 or > MostQueues)
            throw Invalid($"An interface with {Queues} queues is not one with 1 to {MostQueues}.");
        foreach (var address in KernelAddresses)
        {
            if (Mtu < SmallestMtuForIPv6 && address.Address.AddressFamily == AddressFamily.InterNetworkV6)
                throw Invalid($"An MTU of {Mtu} is too small for {address}: IPv6 needs {SmallestMtuForIPv6} (RFC 8200 section 5).");
        }
    }

    private static TunException Invalid(FormattableString message) =>
        new(TunFailure.Configuration, message.ToString(CultureInfo.InvariantCulture));
}

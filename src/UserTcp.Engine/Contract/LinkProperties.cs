using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>What the engine has to know of the link that carries its frames.</summary>
/// <param name="Mtu">The largest IP packet in octets, 68 (RFC 791) to 65,535; for IPv6 at least 1,280 (RFC 8200 section 5).</param>
/// <param name="ChecksumOffload">
/// True when the link keeps what it carries intact, or completes and checks TCP checksums itself: the engine then does neither,
/// and leaves the sum of the pseudo-header in the field, which is where a link that completes it starts from.
/// </param>
/// <param name="SegmentationOffload">
/// True when the link cuts text into segments by itself (TSO) and may put arriving ones together (GRO): frames of up to
/// <see cref="MaxFrame"/> octets then pass in both directions. Goes with <paramref name="ChecksumOffload"/>.
/// </param>
public sealed record LinkProperties(int Mtu, bool ChecksumOffload = false, bool SegmentationOffload = false)
{
    /// <summary>The MTU of Ethernet, 1,500 octets.</summary>
    public const int DefaultMtu = 1500;

    /// <summary>The largest packet that an IP header can describe.</summary>
    private const int MaxPacket = 65_535;

    /// <summary>
    /// The IPv4 (directed) broadcast addresses of the link's networks (RFC 919): nobody has one of them as a source, and nobody is answered
    /// there. Empty when the link does not know its networks.
    /// </summary>
    public IReadOnlyList<IpAddress> BroadcastAddresses { get; init; } = [];

    /// <summary>The largest frame that the link may hand over, octets.</summary>
    public int MaxFrame => SegmentationOffload ? MaxPacket : Mtu;
}

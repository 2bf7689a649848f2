using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>What the engine needs to know about its link.</summary>
/// <param name="Mtu">
/// The largest IP packet in bytes, 68 (RFC 791) to 65535; for IPv6 at least 1280 (RFC 8200 section 5).
/// </param>
/// <param name="ChecksumOffload">
/// True when the link cannot corrupt frames, or computes and verifies TCP checksums itself. The engine then does
/// neither, and leaves the pseudo-header sum in the field, from which a link completes the checksum.
/// </param>
/// <param name="SegmentationOffload">
/// True when the link segments data itself (TSO) and may coalesce arriving segments (GRO): frames of up to
/// <see cref="MaxFrame"/> bytes then pass in both directions. Requires <paramref name="ChecksumOffload"/>.
/// </param>
public sealed record LinkProperties(int Mtu, bool ChecksumOffload = false, bool SegmentationOffload = false)
{
    /// <summary>The MTU of Ethernet, 1500 bytes.</summary>
    public const int DefaultMtu = 1500;

    /// <summary>The largest packet that an IP header can describe.</summary>
    private const int MaxPacket = 65_535;

    /// <summary>
    /// The directed IPv4 broadcast addresses of the link's networks (RFC 919): invalid as a source, and never answered.
    /// Empty when the link does not know its networks.
    /// </summary>
    public IReadOnlyList<IpAddress> BroadcastAddresses { get; init; } = [];

    /// <summary>The largest frame that the link may deliver, in bytes.</summary>
    public int MaxFrame => SegmentationOffload ? MaxPacket : Mtu;
}

using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>Validates the constructor arguments of an engine.</summary>
internal static class EngineArguments
{
    private const int MinMtuIPv4 = 68;
    private const int MinMtuIPv6 = 1280;
    private const int MaxMtu = 65_535;

    public static void Check(
        EngineOptions options, LinkProperties link, IReadOnlyList<IpAddress> addresses, EngineShare share)
    {
        var problems = options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(" ", problems), nameof(options));
        if (addresses.Count == 0)
            throw new ArgumentException("A host needs one address or more.", nameof(addresses));
        foreach (var address in addresses)
            CheckAddress(address, link);
        if (link.Mtu is < MinMtuIPv4 or > MaxMtu)
        {
            throw new ArgumentException(
                $"An MTU of {link.Mtu} is not between {MinMtuIPv4} and {MaxMtu}.", nameof(link));
        }

        if (link is { SegmentationOffload: true, ChecksumOffload: false })
            throw new ArgumentException("A link that cuts segments has to complete their checksums too.", nameof(link));
        if (share.Count is < 1 or > EngineShare.MaxCount || share.Index < 0 || share.Index >= share.Count)
            throw new ArgumentException($"There is no share {share.Index} of {share.Count}.", nameof(share));
    }

    private static void CheckAddress(IpAddress address, LinkProperties link)
    {
        if (!HostAddresses.CanBeHost(address))
            throw new ArgumentException($"{address} cannot be the address of a host.", nameof(address));
        if (!address.IsIPv4 && link.Mtu < MinMtuIPv6)
        {
            throw new ArgumentException(
                $"IPv6 needs an MTU of {MinMtuIPv6} or more (RFC 8200 section 5), not {link.Mtu}.", nameof(link));
        }
    }
}

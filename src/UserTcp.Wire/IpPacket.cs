namespace UserTcp.Wire;

/// <summary>An IP packet of either family, whole and for a host: what the layer above needs of it.</summary>
public readonly ref struct IpPacket
{
    private const int IPv4ProtocolOffset = 9;

    private IpPacket(scoped in IPv4Packet packet)
    {
        Bytes = packet.Bytes;
        Payload = packet.Payload;
        Source = packet.Source;
        Destination = packet.Destination;
        Protocol = packet.Protocol;
        ProtocolOffset = IPv4ProtocolOffset;
        HopLimit = packet.HopLimit;
        TrafficClass = packet.TrafficClass;
        IsIPv4 = true;
    }

    private IpPacket(scoped in IPv6Packet packet)
    {
        Bytes = packet.Bytes;
        Payload = packet.Payload;
        Source = packet.Source;
        Destination = packet.Destination;
        Protocol = packet.Protocol;
        ProtocolOffset = packet.ProtocolOffset;
        HopLimit = packet.HopLimit;
        TrafficClass = packet.TrafficClass;
    }

    /// <summary>The packet, without what may follow it in the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The upper-layer part; it ends where <see cref="Bytes"/> ends.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The source address.</summary>
    public IpAddress Source { get; }

    /// <summary>The destination address.</summary>
    public IpAddress Destination { get; }

    /// <summary>The upper-layer protocol.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>Where in <see cref="Bytes"/> the octet is that names <see cref="Protocol"/>.</summary>
    public int ProtocolOffset { get; }

    /// <summary>TTL or hop limit.</summary>
    public byte HopLimit { get; }

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; }

    /// <summary>True for IPv4.</summary>
    public bool IsIPv4 { get; }

    /// <summary>
    /// Takes a frame as a packet that a host can use at once: whole, with right lengths, and (IPv4, when asked) with a right header
    /// checksum. IPv4 options are skipped (MUST-50).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, bool verifyChecksum, out IpPacket packet, out IpParseError error)
    {
        packet = default;
        if (frame.IsEmpty)
        {
            error = IpParseError.Truncated;
            return false;
        }

        switch (frame[0] >> 4)
        {
            case 4:
                return TryParseV4(frame, verifyChecksum, out packet, out error);
            case 6:
                return TryParseV6(frame, out packet, out error);
            default:
                error = IpParseError.BadVersion;
                return false;
        }
    }

    private static bool TryParseV4(ReadOnlySpan<byte> frame, bool verifyChecksum, out IpPacket packet, out IpParseError error)
    {
        packet = default;
        if (!IPv4Packet.TryParse(frame, out var view, out error))
            return false;
        if (verifyChecksum && !view.HasValidChecksum)
            error = IpParseError.BadChecksum;
        else if (view.IsFragment)
            error = IpParseError.Fragment;
        if (error != IpParseError.None)
            return false;
        packet = new IpPacket(view);
        return true;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> frame, out IpPacket packet, out IpParseError error)
    {
        packet = default;
        if (!IPv6Packet.TryParse(frame, out var view, out error))
            return false;
        if (view.IsFragment)
            error = IpParseError.Fragment;
        else if (view.Source.IsIPv4 || view.Destination.IsIPv4)
            error = IpParseError.MappedAddress;
        if (error != IpParseError.None)
            return false;
        packet = new IpPacket(view);
        return true;
    }
}

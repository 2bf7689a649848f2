namespace UserTcp.Wire;

/// <summary>A complete, valid IP packet of either family: the fields that the transport layer needs.</summary>
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

    /// <summary>The packet, without padding after it in the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The upper-layer payload, which ends where <see cref="Bytes"/> ends.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The source address.</summary>
    public IpAddress Source { get; }

    /// <summary>The destination address.</summary>
    public IpAddress Destination { get; }

    /// <summary>The upper-layer protocol.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>The offset in <see cref="Bytes"/> of the octet that holds <see cref="Protocol"/>.</summary>
    public int ProtocolOffset { get; }

    /// <summary>TTL or hop limit.</summary>
    public byte HopLimit { get; }

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; }

    /// <summary>True for IPv4.</summary>
    public bool IsIPv4 { get; }

    /// <summary>
    /// Parses a frame as a complete packet with valid lengths and, for IPv4 and when asked, a correct header checksum.
    /// IPv4 options are skipped (MUST-50); <see cref="IpOptions"/> checks them. Of a fragment,
    /// <paramref name="packet"/> is what the frame has, with the error <see cref="IpParseError.Fragment"/>.
    /// </summary>
    public static bool TryParse(
        ReadOnlySpan<byte> frame, bool verifyChecksum, out IpPacket packet, out IpParseError error)
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

    private static bool TryParseV4(
        ReadOnlySpan<byte> frame, bool verifyChecksum, out IpPacket packet, out IpParseError error)
    {
        packet = default;
        if (!IPv4Packet.TryParse(frame, out var view, out error))
            return false;
        if (verifyChecksum && !view.HasValidChecksum)
        {
            error = IpParseError.BadChecksum;
            return false;
        }

        packet = new IpPacket(view);
        error = view.IsFragment ? IpParseError.Fragment : IpParseError.None;
        return error == IpParseError.None;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> frame, out IpPacket packet, out IpParseError error)
    {
        packet = default;
        if (!IPv6Packet.TryParse(frame, out var view, out error))
            return false;
        if (view.Source.IsIPv4 || view.Destination.IsIPv4)
        {
            error = IpParseError.MappedAddress;
            return false;
        }

        packet = new IpPacket(view);
        error = view.IsFragment ? IpParseError.Fragment : IpParseError.None;
        return error == IpParseError.None;
    }
}

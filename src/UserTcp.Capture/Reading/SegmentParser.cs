using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Reading;

/// <summary>What a packet of a capture turned out to be.</summary>
internal enum PacketKind
{
    /// <summary>A TCP segment, of which the header is there.</summary>
    Tcp,

    /// <summary>Another protocol.</summary>
    Other,

    /// <summary>A fragment of an IP packet.</summary>
    Fragment,

    /// <summary>Lengths contradict each other, or not even the headers were captured.</summary>
    Unusable,
}

/// <summary>
/// Reads TCP segments from packets that may be cut off: lengths come from the headers, not from the captured bytes.
/// </summary>
internal static class SegmentParser
{
    private const int MaxExtensionHeaders = 8;

    /// <summary>Parses a packet; <paramref name="verifies"/> says whether the checksum is checked.</summary>
    public static PacketKind Parse(
        in CapturedPacket packet, out CapturedSegment segment, out FourTuple tuple, bool verifies = true)
    {
        (segment, tuple) = (default, default);
        if (LinkHeader.FindIp(packet.LinkType, packet.Bytes) is not { } start || start >= packet.Bytes.Length)
            return PacketKind.Other;
        var bytes = packet.Bytes[start..];
        IpFields ip = default;
        var kind = (bytes[0] >> 4) switch
        {
            4 => ParseV4(bytes, packet.Length - start, out ip),
            6 => ParseV6(bytes, packet.Length - start, out ip),
            _ => PacketKind.Other,
        };
        if (kind == PacketKind.Tcp)
            kind = ParseTcp(packet, bytes, ip, out segment, out tuple);
        if (kind == PacketKind.Tcp && verifies && bytes.Length >= ip.End)
            segment = segment with { HasWrongChecksum = IsWrong(bytes[ip.Payload..ip.End], ip) };
        return kind;
    }

    /// <summary>What the IP header says, with the offsets of the TCP header and of the end of the packet.</summary>
    private readonly record struct IpFields(IpAddress Source, IpAddress Destination, int Payload, int End, bool IsCe);

    private static PacketKind ParseV4(ReadOnlySpan<byte> bytes, int length, out IpFields ip)
    {
        ip = default;
        if (bytes.Length < IpHeader.IPv4Length)
            return PacketKind.Unusable;
        if (bytes[9] != (byte)IpProtocol.Tcp)
            return PacketKind.Other;
        if ((BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) & 0x3FFF) != 0)
            return PacketKind.Fragment;
        var header = (bytes[0] & 0x0F) * 4;
        // Zero where the network card cuts the segments: the frame has the length.
        var total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) is > 0 and var field ? field : length;
        if (header < IpHeader.IPv4Length || total < header || total > length)
            return PacketKind.Unusable;
        ip = new IpFields(
            IpAddress.ReadIPv4(bytes[12..]), IpAddress.ReadIPv4(bytes[16..]), header, total, (bytes[1] & 3) == 3);
        return PacketKind.Tcp;
    }

    private static PacketKind ParseV6(ReadOnlySpan<byte> bytes, int length, out IpFields ip)
    {
        ip = default;
        if (bytes.Length < IpHeader.IPv6Length)
            return PacketKind.Unusable;
        var payload = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        var total = payload > 0 ? IpHeader.IPv6Length + payload : length;
        var (protocol, at) = ((IpProtocol)bytes[6], IpHeader.IPv6Length);
        for (var walked = 0; IsExtension(protocol); walked++)
        {
            if (walked == MaxExtensionHeaders || bytes.Length < at + 8)
                return PacketKind.Unusable;
            if (protocol == IpProtocol.Fragment
                && (BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]) & 0xFFF9) != 0)
            {
                return PacketKind.Fragment;
            }

            var size = protocol == IpProtocol.Fragment ? 8 : (bytes[at + 1] + 1) * 8;
            (protocol, at) = ((IpProtocol)bytes[at], at + size);
        }

        if (protocol != IpProtocol.Tcp)
            return PacketKind.Other;
        if (total > length || at > total)
            return PacketKind.Unusable;
        ip = new IpFields(
            IpAddress.ReadIPv6(bytes[8..]), IpAddress.ReadIPv6(bytes[24..]), at, total, (bytes[1] & 0x30) == 0x30);
        return PacketKind.Tcp;
    }

    private static bool IsExtension(IpProtocol protocol) => protocol is IpProtocol.HopByHop or IpProtocol.Routing
        or IpProtocol.Fragment or IpProtocol.DestinationOptions;

    private static PacketKind ParseTcp(
        in CapturedPacket packet, ReadOnlySpan<byte> bytes, in IpFields ip, out CapturedSegment segment,
        out FourTuple tuple)
    {
        (segment, tuple) = (default, default);
        var captured = Math.Min(bytes.Length, ip.End);
        if (captured < ip.Payload + TcpHeader.MinLength)
            return PacketKind.Unusable;
        var tcp = bytes[ip.Payload..captured];
        var headerLength = (tcp[12] >> 4) * 4;
        if (headerLength < TcpHeader.MinLength || ip.Payload + headerLength > ip.End)
            return PacketKind.Unusable;
        var options = TcpOptions.Parse(tcp[TcpHeader.MinLength..Math.Min(headerLength, tcp.Length)]);
        var source = new Port(BinaryPrimitives.ReadUInt16BigEndian(tcp));
        var destination = new Port(BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]));
        tuple = new FourTuple(ip.Source, source, ip.Destination, destination);
        segment = new CapturedSegment
        {
            Frame = packet.Frame,
            Time = new MonotonicTime(packet.Nanoseconds / TimeSpan.NanosecondsPerTick),
            Header = new TcpHeader(
                source, destination, new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(tcp[4..])),
                new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(tcp[8..])), (TcpFlags)tcp[13],
                BinaryPrimitives.ReadUInt16BigEndian(tcp[14..]), BinaryPrimitives.ReadUInt16BigEndian(tcp[18..])),
            PayloadLength = ip.End - ip.Payload - headerLength,
            Mss = options.Mss,
            WindowScale = options.WindowScale,
            SackPermitted = options.SackPermitted,
            Timestamps = options.Timestamps,
            Sack = options.Sack,
            IsCe = ip.IsCe,
            HasOptionsCut = headerLength > tcp.Length,
        };
        return PacketKind.Tcp;
    }

    /// <summary>
    /// A host that leaves the checksum to its network card writes that of the pseudo-header, not complemented, and
    /// sometimes zero.
    /// </summary>
    private static bool IsWrong(ReadOnlySpan<byte> tcp, in IpFields ip)
    {
        var field = BinaryPrimitives.ReadUInt16BigEndian(tcp[16..]);
        if (field == 0 || !TcpSegment.TryParse(tcp, out var view) || view.HasValidChecksum(ip.Source, ip.Destination))
            return false;
        var pseudo = new ChecksumAccumulator();
        pseudo.AddPseudoHeader(ip.Source, ip.Destination, IpProtocol.Tcp, tcp.Length);
        return field != (ushort)~pseudo.Finish();
    }
}

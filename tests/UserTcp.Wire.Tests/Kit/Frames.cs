namespace UserTcp.Wire.Tests.Kit;

/// <summary>Valid frames of every kind; each array ends where the frame ends.</summary>
internal static class Frames
{
    public static readonly IpAddress V4A = Address("198.18.0.1");
    public static readonly IpAddress V4B = Address("198.18.0.2");
    public static readonly IpAddress V6A = Address("2001:db8:75::1");
    public static readonly IpAddress V6B = Address("2001:db8:75::2");

    /// <summary>Every kind of option at once, with as many SACK blocks as fit.</summary>
    public static TcpOptions AllOptions => new()
    {
        Mss = 1460,
        WindowScale = WindowScale.FromWire(7),
        SackPermitted = true,
        Timestamps = new TcpTimestamps(uint.MaxValue, 1),
        Sack = Blocks(2),
    };

    public static IpAddress Address(string text) => IpAddress.From(IPAddress.Parse(text));

    public static SackBlocks Blocks(int count)
    {
        var blocks = default(SackBlocks);
        for (var i = 0u; i < count; i++)
        {
            Assert.True(blocks.TryAdd(
                new SackBlock(new SeqNum(uint.MaxValue - 10) + (20 * i), new SeqNum(uint.MaxValue) + (20 * i))));
        }

        return blocks;
    }

    /// <summary>A TCP segment with a correct checksum.</summary>
    public static byte[] Tcp(
        IpAddress source, IpAddress destination, TcpHeader header, TcpOptions options, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[TcpHeader.MaxLength + payload.Length];
        var headerLength = header.Write(bytes, options);
        payload.CopyTo(bytes.AsSpan(headerLength));
        bytes = bytes[..(headerLength + payload.Length)];
        TcpHeader.WriteChecksum(bytes, NaiveChecksum.Of(source, destination, IpProtocol.Tcp, bytes));
        return bytes;
    }

    public static byte[] Tcp(bool isIPv4, TcpOptions options = default, int payload = 100) => isIPv4
        ? Tcp(V4A, V4B, Header(), options, Payload(payload))
        : Tcp(V6A, V6B, Header(), options, Payload(payload));

    /// <summary>A UDP datagram with a correct checksum.</summary>
    public static byte[] Udp(bool isIPv4, int payload = 100)
    {
        var (source, destination) = isIPv4 ? (V4A, V4B) : (V6A, V6B);
        var bytes = new byte[UdpHeader.Length + payload];
        UdpHeader.Write(bytes, new Port(40_000), new Port(53), payload);
        Payload(payload).CopyTo(bytes.AsSpan(UdpHeader.Length));
        UdpHeader.WriteChecksum(bytes, NaiveChecksum.Of(source, destination, IpProtocol.Udp, bytes));
        return bytes;
    }

    public static TcpHeader Header() =>
        new(
            new Port(40_000), new Port(80), new SeqNum(0xFFFF_FFF0), new SeqNum(0x8000_0001),
            TcpFlags.Ack | TcpFlags.Psh, 502, 3);

    public static byte[] Payload(int length)
    {
        var payload = new byte[length];
        for (var i = 0; i < length; i++)
            payload[i] = (byte)((i * 31) & 0xFF);
        return payload;
    }

    /// <summary>An IPv4 packet; <paramref name="options"/> are a multiple of four octets.</summary>
    public static byte[] IPv4(IpProtocol protocol, ReadOnlySpan<byte> payload, params ReadOnlySpan<byte> options)
    {
        var plain = new byte[IpHeader.IPv4Length];
        IpHeader.Write(plain, V4A, V4B, protocol, options.Length + payload.Length, 64, 0);
        plain[0] = (byte)(0x45 + (options.Length / 4));
        byte[] packet = [.. plain, .. options, .. payload];
        UpdateIPv4Checksum(packet);
        return packet;
    }

    /// <summary>Recomputes the header checksum after a change of the header.</summary>
    public static void UpdateIPv4Checksum(Span<byte> packet)
    {
        var header = packet[..((packet[0] & 0x0F) * 4)];
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], NaiveChecksum.Of(header));
    }

    /// <summary>An IPv6 packet; <paramref name="first"/> is its Next Header.</summary>
    public static byte[] IPv6(IpProtocol first, params ReadOnlySpan<byte> payload)
    {
        var header = new byte[IpHeader.IPv6Length];
        IpHeader.Write(header, V6A, V6B, first, payload.Length, 64, 0);
        return [.. header, .. payload];
    }

    /// <summary>
    /// An extension header of <paramref name="words"/> times eight octets, filled with padding (PadN).
    /// </summary>
    public static byte[] Extension(IpProtocol next, int words = 1)
    {
        var header = new byte[words * 8];
        header[0] = (byte)next;
        header[1] = (byte)(words - 1);
        var position = 2;
        while (header.Length - position is var left and > 0)
        {
            var value = Math.Min(left - 2, 255);
            // PadN needs two octets: leave none over.
            if (left - 2 - value == 1)
                value--;
            header[position] = 1;
            header[position + 1] = (byte)value;
            position += 2 + value;
        }

        return header;
    }

    public static byte[] FragmentHeader(IpProtocol next, int offset, bool more) =>
        [(byte)next, 0, (byte)(offset >> 8), (byte)((offset & 0xF8) | (more ? 1 : 0)), 1, 2, 3, 4];

    public static byte[] RoutingHeader(IpProtocol next, byte segmentsLeft, byte type = 0) =>
        [(byte)next, 0, type, segmentsLeft, 0, 0, 0, 0];

    public static byte[] Echo(bool isIPv4, int body = 56)
    {
        var bytes = new byte[8 + body];
        var type = isIPv4 ? IcmpV4.EchoRequest : IcmpV6.EchoRequest;
        IcmpMessage.Write(bytes, type, 0, 0x1234_0001, Payload(body), isIPv4 ? V4A : V6A, isIPv4 ? V4B : V6B);
        return bytes;
    }

    /// <summary>Whole frames of every kind, by name.</summary>
    public static IEnumerable<(string Name, byte[] Frame)> All()
    {
        yield return ("IPv4, TCP", IPv4(IpProtocol.Tcp, Tcp(true)));
        yield return ("IPv4, TCP with all options", IPv4(IpProtocol.Tcp, Tcp(true, AllOptions)));
        yield return ("IPv4 with options, TCP", IPv4(IpProtocol.Tcp, Tcp(true), 1, 1, 1, 0));
        yield return ("IPv4, echo", IPv4(IpProtocol.Icmp, Echo(true)));
        yield return ("IPv4, ICMP error", IPv4(
            IpProtocol.Icmp, [3, 4, 0, 0, 0, 0, 5, 220, .. IPv4(IpProtocol.Tcp, Tcp(true))]));
        yield return ("IPv4, UDP", IPv4(IpProtocol.Udp, Udp(true)));
        yield return ("IPv4, ICMP error about UDP", IPv4(
            IpProtocol.Icmp, [3, 3, 0, 0, 0, 0, 0, 0, .. IPv4(IpProtocol.Udp, Udp(true))]));
        yield return ("IPv6, UDP", IPv6(IpProtocol.Udp, Udp(false)));
        yield return ("IPv6, TCP", IPv6(IpProtocol.Tcp, Tcp(false)));
        yield return ("IPv6, TCP with all options", IPv6(IpProtocol.Tcp, Tcp(false, AllOptions)));
        yield return ("IPv6, all extension headers, TCP", IPv6(IpProtocol.HopByHop, AllExtensions()));
        yield return ("IPv6, echo", IPv6(IpProtocol.IcmpV6, Echo(false)));
        yield return ("IPv6, ICMP error", IPv6(
            IpProtocol.IcmpV6, [2, 0, 0, 0, 0, 0, 5, 0, .. IPv6(IpProtocol.Tcp, Tcp(false))]));
    }

    private static byte[] AllExtensions() =>
    [
        .. Extension(IpProtocol.DestinationOptions, 2), .. Extension(IpProtocol.Routing),
        .. RoutingHeader(IpProtocol.Fragment, 0), .. FragmentHeader(IpProtocol.Tcp, 0, more: false), .. Tcp(false),
    ];
}

using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>Builds and describes frames for the model and the adversary.</summary>
internal static class Frames
{
    private const byte HopLimit = 64;

    public static byte[] Tcp(in FourTuple from, in TcpHeader header, in TcpOptions options, ReadOnlySpan<byte> payload)
    {
        var ip = IpHeader.LengthFor(from.LocalAddress);
        var frame = new byte[ip + TcpHeader.MaxLength + payload.Length];
        var tcp = header.Write(frame.AsSpan(ip), options);
        payload.CopyTo(frame.AsSpan(ip + tcp));
        IpHeader.Write(
            frame, from.LocalAddress, from.RemoteAddress, IpProtocol.Tcp, tcp + payload.Length,
            HopLimit, trafficClass: 0);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(from.LocalAddress, from.RemoteAddress, IpProtocol.Tcp, tcp + payload.Length);
        sum.Add(frame.AsSpan(ip, tcp + payload.Length));
        TcpHeader.WriteChecksum(frame.AsSpan(ip), sum.Finish());
        Array.Resize(ref frame, ip + tcp + payload.Length);
        return frame;
    }

    /// <summary>Builds an ICMP error about a frame.</summary>
    public static byte[] IcmpError(
        byte type, byte code, uint rest, ReadOnlySpan<byte> about, IpAddress from, IpAddress to)
    {
        var quote = about[..Math.Min(about.Length, 128)];
        var ip = IpHeader.LengthFor(from);
        var frame = new byte[ip + 8 + quote.Length];
        var length = IcmpMessage.Write(frame.AsSpan(ip), type, code, rest, quote, from, to);
        IpHeader.Write(
            frame, from, to, from.IsIPv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, length, HopLimit, trafficClass: 0);
        return frame;
    }

    /// <summary>Describes a frame: ports, flags, sequence numbers, window, data.</summary>
    public static string Describe(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out var error))
            return $"not IP ({error})";
        if (packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var tcp))
            return $"{packet.Protocol}, {frame.Length} bytes";
        var data = tcp.Payload.IsEmpty ? "" : $" data {tcp.Payload.Length}";
        return $"{tcp.SourcePort} > {tcp.DestinationPort} [{tcp.Flags}] seq {tcp.Seq} ack {tcp.Ack} "
            + $"win {tcp.Window}{data}";
    }
}

using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>Frames of TCP connections with valid checksums.</summary>
internal static class Frames
{
    public const int Length = 60;

    private const ushort ServerPort = 80;

    private static readonly IpAddress Client = IpAddress.FromIPv4(0xC612_0001);
    private static readonly IpAddress Server = IpAddress.FromIPv4(0xC612_0002);

    /// <summary>A segment of a client to port 80 with a sequence number.</summary>
    public static byte[] ToServer(int clientPort, int seq, TcpFlags flags = TcpFlags.Ack) =>
        Segment(Client, (ushort)clientPort, Server, ServerPort, seq, flags);

    /// <summary>A segment of port 80 to a client.</summary>
    public static byte[] ToClient(int clientPort, int seq, TcpFlags flags = TcpFlags.Ack) =>
        Segment(Server, ServerPort, Client, (ushort)clientPort, seq, flags);

    public static int SeqOf(ReadOnlySpan<byte> frame) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame[24..]);

    public static int ClientPortOf(ReadOnlySpan<byte> frame) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(frame[20..]) is var source && source != ServerPort
            ? source
            : System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(frame[22..]);

    /// <summary>A segment of one connection of a client.</summary>
    /// <param name="isToServer">The direction.</param>
    /// <param name="flags">The control bits.</param>
    /// <param name="seq">SEG.SEQ.</param>
    /// <param name="data">Bytes of data.</param>
    /// <param name="ack">SEG.ACK.</param>
    /// <param name="clientPort">The client's port.</param>
    /// <param name="ecn">The ECN field.</param>
    public static byte[] Segment(
        bool isToServer, TcpFlags flags, uint seq, int data = 0, uint ack = 0, int clientPort = 40_000, byte ecn = 0)
    {
        var header = new TcpHeader(
            new Port(isToServer ? (ushort)clientPort : ServerPort),
            new Port(isToServer ? ServerPort : (ushort)clientPort), new SeqNum(seq), new SeqNum(ack), flags, 100);
        return isToServer
            ? Segment(Client, Server, header, TcpHeader.MinLength + data, ecn)
            : Segment(Server, Client, header, TcpHeader.MinLength + data, ecn);
    }

    private static byte[] Segment(
        IpAddress from, ushort fromPort, IpAddress to, ushort toPort, int seq, TcpFlags flags) =>
        Segment(
            from, to,
            new TcpHeader(new Port(fromPort), new Port(toPort), new SeqNum((uint)seq), default, flags, 100),
            Length - IpHeader.IPv4Length, ecn: 0);

    private static byte[] Segment(IpAddress from, IpAddress to, in TcpHeader header, int length, byte ecn)
    {
        var frame = new byte[IpHeader.IPv4Length + length];
        var tcp = frame.AsSpan(IpHeader.IPv4Length);
        IpHeader.Write(frame, from, to, IpProtocol.Tcp, tcp.Length, hopLimit: 64, trafficClass: ecn);
        header.Write(tcp, default);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(from, to, IpProtocol.Tcp, tcp.Length);
        sum.Add(tcp);
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        return frame;
    }
}

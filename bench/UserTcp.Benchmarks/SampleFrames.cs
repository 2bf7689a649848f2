using System.Net;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>Frames as the kernel sends them.</summary>
internal static class SampleFrames
{
    public static readonly IpAddress Local = IpAddress.From(IPAddress.Parse("198.18.0.2"));
    public static readonly IpAddress Remote = IpAddress.From(IPAddress.Parse("198.18.0.1"));

    public static byte[] Syn() => Make(TcpFlags.Syn, 0, new TcpOptions
    {
        Mss = 1460,
        SackPermitted = true,
        Timestamps = new TcpTimestamps(123_456, 0),
        WindowScale = WindowScale.FromWire(7),
    });

    public static byte[] Data(int payload) =>
        Make(TcpFlags.Ack | TcpFlags.Psh, payload, new TcpOptions { Timestamps = new TcpTimestamps(1, 2) });

    private static byte[] Make(TcpFlags flags, int payload, TcpOptions options)
    {
        var tcp = new byte[TcpHeader.MaxLength + payload];
        var header = new TcpHeader(new Port(40_000), new Port(80), new SeqNum(7), new SeqNum(9), flags, 500);
        var length = header.Write(tcp, options) + payload;
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(Remote, Local, IpProtocol.Tcp, length);
        sum.Add(tcp.AsSpan(0, length));
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        var frame = new byte[IpHeader.IPv4Length + length];
        IpHeader.Write(frame, Remote, Local, IpProtocol.Tcp, length, 64, 0);
        tcp.AsSpan(0, length).CopyTo(frame.AsSpan(IpHeader.IPv4Length));
        return frame;
    }
}

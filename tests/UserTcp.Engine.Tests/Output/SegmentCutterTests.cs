using System.Buffers.Binary;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Cutting a super-segment into segments.</summary>
public class SegmentCutterTests
{
    private const int Size = 100;
    private const int HeaderLength = IpHeader.IPv4Length + TcpHeader.MinLength;
    private const TcpFlags All = TcpFlags.Cwr | TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin;

    [Fact]
    public void CWR_is_on_the_first_segment_only_and_PSH_and_FIN_on_the_last()
    {
        var segments = Cut(Frame(250));

        Assert.Equal(
            [TcpFlags.Cwr | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin],
            segments.Select(Flags));
        Assert.Equal([All], Cut(Frame(Size)).Select(Flags));
    }

    [Fact]
    public void Cut_segments_equal_separately_built_ones()
    {
        var frame = Frame(250);
        var (segments, done) = (new List<byte[]>(), 0);
        while (done < 250)
        {
            var cutter = new SegmentCutter(frame, HeaderLength, Size, done);
            var segment = new byte[HeaderLength + Size];
            segments.Add(segment[..cutter.Next(segment)]);
            done = cutter.Done;
        }

        Assert.Equal(Cut(frame), segments);
        Assert.All(
            segments, segment => Assert.Equal(0, InternetChecksum.Compute(segment.AsSpan(0, IpHeader.IPv4Length))));
    }

    private static TcpFlags Flags(byte[] segment) => (TcpFlags)segment[IpHeader.IPv4Length + 13];

    private static List<byte[]> Cut(byte[] frame)
    {
        var cutter = new SegmentCutter(frame, HeaderLength, Size);
        var segments = new List<byte[]>();
        var segment = new byte[HeaderLength + Size];
        for (var length = cutter.Next(segment); length > 0; length = cutter.Next(segment))
            segments.Add(segment[..length]);
        return segments;
    }

    private static byte[] Frame(int bytes)
    {
        var tuple = new FourTuple(
            IpAddress.FromIPv4(0xC612_0001), new Port(1), IpAddress.FromIPv4(0xC612_0002), new Port(2));
        var frame = new byte[HeaderLength + bytes];
        IpHeader.Write(
            frame, tuple.LocalAddress, tuple.RemoteAddress, IpProtocol.Tcp, TcpHeader.MinLength + bytes, 64, 0);
        var segment = frame.AsSpan(IpHeader.IPv4Length);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], 0xFFFF_FFF0);
        segment[12] = TcpHeader.MinLength / 4 << 4;
        segment[13] = (byte)All;
        return frame;
    }
}

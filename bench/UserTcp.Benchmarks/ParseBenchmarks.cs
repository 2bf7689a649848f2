using BenchmarkDotNet.Attributes;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>Parsing from frame to fields without checksums: ns per segment.</summary>
public class ParseBenchmarks
{
    private const int Frames = 256;
    private readonly byte[] _syn = SampleFrames.Syn();
    private readonly byte[] _data = SampleFrames.Data(1448);

    [Benchmark(OperationsPerInvoke = Frames, Description = "parse IPv4+TCP, data with timestamps")]
    public uint Data() => Parse(_data);

    [Benchmark(OperationsPerInvoke = Frames, Description = "parse IPv4+TCP, SYN with five options")]
    public uint Syn() => Parse(_syn);

    [Benchmark(OperationsPerInvoke = Frames, Description = "write IPv4+TCP headers, no options")]
    public int Write()
    {
        Span<byte> headers = stackalloc byte[100];
        var header = new TcpHeader(new Port(80), new Port(40_000), new SeqNum(1), new SeqNum(2), TcpFlags.Ack, 500);
        var length = 0;
        for (var i = 0; i < Frames; i++)
        {
            length += IpHeader.Write(headers, SampleFrames.Local, SampleFrames.Remote, IpProtocol.Tcp, 20 + i, 64, 0);
            length += header.Write(headers[20..], default);
        }

        return length;
    }

    private static uint Parse(byte[] frame)
    {
        var sum = 0u;
        for (var i = 0; i < Frames; i++)
        {
            if (IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
                && TcpSegment.TryParse(packet.Payload, out var segment))
            {
                sum += segment.Seq.Value + segment.Length + (segment.ParseOptions().Mss ?? 0u);
            }
        }

        return sum;
    }
}

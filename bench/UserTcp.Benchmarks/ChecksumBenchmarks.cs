using BenchmarkDotNet.Attributes;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>The Internet checksum: ns per buffer; GB/s is octets over ns.</summary>
public class ChecksumBenchmarks
{
    private const int Repeats = 64;
    private byte[] _bytes = [];

    [Params(64, 1460, 65_536)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = new byte[Octets];
        for (var i = 0; i < _bytes.Length; i++)
            _bytes[i] = (byte)(i * 31);
    }

    [Benchmark(OperationsPerInvoke = Repeats, Description = "checksum")]
    public int Checksum()
    {
        var sum = 0;
        for (var i = 0; i < Repeats; i++)
            sum += InternetChecksum.Compute(_bytes);
        return sum;
    }
}

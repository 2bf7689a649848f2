using BenchmarkDotNet.Attributes;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>Finding a connection among many: ns per lookup, SipHash included.</summary>
public class TableBenchmarks
{
    private const int Lookups = 4096;
    private readonly FourTuple[] _probes = new FourTuple[Lookups];
    private ConnectionTable _table = new(new SipKey(1, 2));

    [Params(64, 10_000, 1_000_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _table = new ConnectionTable(new SipKey(1, 2));
        for (var i = 0; i < Connections; i++)
        {
            _table.Add(new Tcb(
                Tuple(i), CongestionAlgorithm.NewReno, ConnectionOptions.Default, isPassive: true,
                new Parking(TimeSpan.FromSeconds(1), new TimerQueue())));
        }

        for (var i = 0; i < Lookups; i++)
            _probes[i] = Tuple((int)((uint)i * 2_654_435_761u % (uint)Connections));
    }

    [Benchmark(OperationsPerInvoke = Lookups, Description = "table lookup")]
    public int Find()
    {
        var found = 0;
        foreach (var probe in _probes)
        {
            if (_table.Find(probe) is not null)
                found++;
        }

        return found;
    }

    private static FourTuple Tuple(int i) => new(
        SampleFrames.Local, new Port(80), IpAddress.FromIPv4(0xC612_0000 + (uint)(i >> 15)),
        new Port((ushort)(1024 + (i & 0x7FFF))));
}

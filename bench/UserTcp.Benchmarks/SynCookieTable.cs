using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>
/// SYNs per second that one engine answers by SYN cookies, from frame to frame in memory. Each SYN has another port and
/// sequence number. Frames come in batches of 64, as the loop reads them.
/// </summary>
internal static class SynCookieTable
{
    private const int Rounds = 7;
    private const int Batch = 64;

    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(400);
    private static readonly MonotonicTime Now = new(1000 * TimeSpan.TicksPerSecond);

    private static readonly (string Name, bool IPv6, bool Options, bool Offload)[] Rows =
    [
        ("IPv4, bare SYN of 40 B", false, false, false),
        ("IPv4, Linux's SYN of 60 B", false, true, false),
        ("IPv4, Linux's SYN, checksum offload", false, true, true),
        ("IPv6, Linux's SYN of 80 B", true, true, false),
    ];

    public static int Run()
    {
        Console.WriteLine("| SYN cookies, one core | SYNs/s | range | ns each | B allocated each |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, ipv6, options, offload) in Rows)
            Console.WriteLine(Measure(name, ipv6, options, offload));
        return 0;
    }

    private static string Measure(string name, bool ipv6, bool options, bool offload)
    {
        using var flood = new Flood(ipv6, options, offload);
        flood.Run(RoundLength);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => flood.Run(RoundLength)).OrderBy(round => round.PerSecond)
            .ToArray();
        var median = rounds[Rounds / 2].PerSecond;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {median / 1e6:F2} M | {rounds[0].PerSecond / 1e6:F2} to {rounds[^1].PerSecond / 1e6:F2} M | "
            + $"{1e9 / median:F0} | {rounds.Max(round => round.BytesEach):F3} |");
    }

    private sealed class Flood : IDisposable
    {
        private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
        private readonly LocalBlockPool _pool = new();
        private readonly TcpEngine _engine;
        private readonly Block[] _frames = new Block[Batch];
        private readonly int _tcp;
        private readonly bool _offload;
        private uint _number;

        public Flood(bool ipv6, bool withOptions, bool offload)
        {
            _offload = offload;
            var local = ipv6 ? IpAddress.From(IPAddress.Parse("2001:db8:75::2")) : SampleFrames.Local;
            var remote = ipv6 ? IpAddress.From(IPAddress.Parse("2001:db8:75::1")) : SampleFrames.Remote;
            var link = new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: offload);
            _engine = new TcpEngine(
                new EngineOptions { SynCookies = SynCookieMode.Always }, EnginePair.Keys(1), link, [local], _pool);
            _engine.Listen(local, new Port(80), null, ConnectionOptions.Default, out _);
            _tcp = IpHeader.LengthFor(local);
            for (var i = 0; i < Batch; i++)
                _frames[i] = Syn(local, remote, withOptions);
        }

        public (double PerSecond, double BytesEach) Run(TimeSpan length)
        {
            var (syns, emitted) = (0L, 0L);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                foreach (var frame in _frames)
                {
                    Change(frame.Array.AsSpan(_tcp));
                    _engine.OnFrame(frame, Now);
                }

                while (_engine.TryEmit(_headers, Now, out _))
                    emitted++;
                syns += Batch;
            }

            var elapsed = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (emitted != syns || _engine.ConnectionCount != 0)
            {
                throw new InvalidOperationException(
                    $"{syns} SYNs had {emitted} answers and left {_engine.ConnectionCount} connections.");
            }

            return (syns / elapsed.TotalSeconds, (double)allocated / syns);
        }

        public void Dispose() => _engine.Dispose();

        /// <summary>Changes port and sequence number, and updates the checksum (RFC 1624).</summary>
        private void Change(Span<byte> tcp)
        {
            var number = unchecked(_number += 0x9E37_79B9);
            var before = Sum(tcp);
            BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(number >> 16));
            BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], number);
            var after = Sum(tcp);
            if (_offload)
                return;
            var sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(tcp[16..]) + (3 * 0xFFFFu) - before + after;
            while (sum >> 16 != 0)
                sum = (sum & 0xFFFF) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], (ushort)~sum);
        }

        private static uint Sum(ReadOnlySpan<byte> tcp) =>
            (uint)BinaryPrimitives.ReadUInt16BigEndian(tcp) + BinaryPrimitives.ReadUInt16BigEndian(tcp[4..])
            + BinaryPrimitives.ReadUInt16BigEndian(tcp[6..]);

        private Block Syn(IpAddress local, IpAddress remote, bool withOptions)
        {
            var block = _pool.Rent();
            var header = new TcpHeader(new Port(1), new Port(80), default, default, TcpFlags.Syn, ushort.MaxValue);
            var options = withOptions
                ? new TcpOptions
                {
                    Mss = 1460,
                    SackPermitted = true,
                    Timestamps = new TcpTimestamps(123_456, 0),
                    WindowScale = WindowScale.FromWire(7),
                }
                : default;
            var tcp = block.Array.AsSpan(_tcp);
            var length = header.Write(tcp, options);
            var sum = new ChecksumAccumulator();
            sum.AddPseudoHeader(remote, local, IpProtocol.Tcp, length);
            sum.Add(tcp[..length]);
            TcpHeader.WriteChecksum(tcp, sum.Finish());
            IpHeader.Write(block.Array, remote, local, IpProtocol.Tcp, length, 64, 0);
            (block.Start, block.End) = (0, _tcp + length);
            return block;
        }
    }
}

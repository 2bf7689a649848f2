using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests;

/// <summary>In steady state, sending, receiving and acknowledging a segment allocate nothing.</summary>
public class SteadyStateAllocationTests
{
    private const int MinSegments = 5000;

    [Theory]
    [InlineData("4", 1500, 8192)]
    [InlineData("6", 1500, 8192)]
    [InlineData("4", 65_535, 16_384)]
    [InlineData("4", 1500, 100)]
    [InlineData("4", 1500, 8192, true)]
    [InlineData("6", 1500, 100, true)]
    public void Sending_receiving_and_acknowledging_allocate_nothing(
        string family, int mtu, int write, bool timestamps = false)
    {
        var pair = new BarePair(family, mtu, timestamps);
        var segments = 0;
        Assert.Equal(0, Allocations.Of(() => segments = pair.Run(write, bothWays: false)));
        Assert.True(segments >= MinSegments, $"only {segments} segments");
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Both_directions_at_once_allocate_nothing(string family)
    {
        var pair = new BarePair(family, 1500);
        var segments = 0;
        Assert.Equal(0, Allocations.Of(() => segments = pair.Run(8192, bothWays: true)));
        Assert.True(segments >= MinSegments, $"only {segments} segments");
    }

    [Theory]
    [InlineData(CongestionAlgorithm.NewReno)]
    [InlineData(CongestionAlgorithm.Bbr)]
    public void No_congestion_control_allocates_anything(CongestionAlgorithm algorithm)
    {
        var pair = new BarePair("4", 1500, timestamps: true, algorithm);
        Assert.Equal(0, Allocations.Of(() => pair.Run(8192, bothWays: false)));
    }

    [Fact]
    public void An_observed_engine_allocates_nothing()
    {
        var observer = new CountingObserver();
        var pair = new BarePair("4", 1500, timestamps: true, observer: observer);
        Assert.Equal(0, Allocations.Of(() => pair.Run(8192, bothWays: true)));
        Assert.True(observer.Count >= 4 * MinSegments, $"only {observer.Count} events");
    }

    [Fact]
    public void ACKs_duplicate_ACKs_and_unacceptable_segments_allocate_nothing()
    {
        var script = Script.Established(noDelay: true);
        script.Host.Engine.Observer = null;
        var frames = new[] { (1u, 1u, 0), (1u, 0u, 0), (1u, 77u, 0), (500_000u, 1u, 5), (0u, 1u, 1) }
            .Select(f => Frame(script, f.Item1, f.Item2, f.Item3)).ToArray();
        var headers = new byte[TcpEngine.MaxHeaderLength];
        void Run()
        {
            for (var i = 0; i < MinSegments; i++)
            {
                var frame = frames[i % frames.Length];
                var block = script.Host.Pool.Rent(frame.Length);
                block.Append(frame);
                if (!script.Engine.OnFrame(block, script.Now))
                    block.Release();
                while (script.Engine.TryEmit(headers, script.Now, out _))
                {
                }
            }
        }

        Assert.Equal(0, Allocations.Of(Run));
    }

    private static byte[] Frame(Script script, uint seq, uint ack, int length) => Frames.Tcp(
        script.Peer, script.Host.Address,
        new TcpHeader(script.PeerPort, script.HostPort, script.Irs + seq, script.Iss + ack, TcpFlags.Ack, 65_535),
        default, new byte[length]);

    /// <summary>Two engines back to back, without allocations in between.</summary>
    private sealed class CountingObserver : IEngineObserver
    {
        public int Count { get; private set; }

        public void OnEvent(in TraceEvent traceEvent) => Count++;
    }

    private sealed class BarePair
    {
        private const int Rounds = 3000;

        private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
        private readonly byte[] _data = Pattern.Bytes(65_536);
        private readonly TestPair _pair;
        private readonly Tcb _server;
        private readonly Tcb _client;
        private MonotonicTime _now;

        public BarePair(
            string family, int mtu, bool timestamps = false, CongestionAlgorithm algorithm = CongestionAlgorithm.Cubic,
            IEngineObserver? observer = null)
        {
            var options = new EngineOptions { CongestionControl = algorithm, Timestamps = timestamps };
            _pair = new TestPair(options, options, new LinkProperties(mtu), family);
            (_server, _client) = _pair.Connect(new ConnectionOptions { NoDelay = true });
            _pair.Run(TimeSpan.FromSeconds(1));
            (_pair.A.Engine.Observer, _pair.B.Engine.Observer) = (observer, observer);
            _now = _pair.Now;
        }

        public int Run(int write, bool bothWays)
        {
            var segments = 0;
            for (var round = 0; round < Rounds; round++)
            {
                Write(_pair.B, _client, write);
                Write(_pair.B, _client, write);
                if (bothWays)
                    Write(_pair.A, _server, write);
                int moved;
                do
                {
                    Pass(TimeSpan.FromMicroseconds(50));
                    moved = Move(_pair.A, _pair.B) + Move(_pair.B, _pair.A);
                    segments += moved;
                    Read(_pair.A, _server);
                    Read(_pair.B, _client);
                }
                while (moved > 0 || _client.HasUnsent || _server.HasUnsent);
                Pass(TimeSpan.FromMilliseconds(41));
                segments += Move(_pair.A, _pair.B) + Move(_pair.B, _pair.A);
            }

            return segments;
        }

        private void Pass(TimeSpan time)
        {
            _now += time;
            _pair.A.Engine.OnTimer(_now);
            _pair.B.Engine.OnTimer(_now);
        }

        private void Write(TestHost host, Tcb connection, int bytes)
        {
            for (var written = 0; written < bytes;)
            {
                var block = host.Pool.Rent();
                written += block.Append(_data.AsSpan(0, Math.Min(bytes - written, block.Capacity)));
                host.Engine.Send(connection, block, _now);
            }
        }

        private void Read(TestHost host, Tcb connection)
        {
            var chain = host.Engine.Receive(connection);
            var bytes = 0;
            for (var block = chain; block is not null; block = block.NextBlock)
                bytes += block.Length;
            Block.ReleaseChain(chain);
            host.Engine.Consumed(connection, bytes, _now);
            host.Engine.DequeueAcknowledged(connection);
            while (host.Engine.TryDequeueEvent(out _))
            {
            }
        }

        private int Move(TestHost from, TestHost to)
        {
            var count = 0;
            while (from.Engine.TryEmit(_headers, _now, out var emission))
            {
                var block = to.Pool.Rent(emission.Length);
                block.End = emission.CopyTo(block.Array);
                if (!to.Engine.OnFrame(block, _now))
                    block.Release();
                count++;
            }

            return count;
        }
    }
}

using System.Diagnostics;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>One connection of an engine, and a hostile peer with a fixed sequence of segments.</summary>
internal sealed class HostilePeer : IDisposable
{
    /// <summary>The minimum MSS that Linux accepts, which makes the maximum of segments in a window.</summary>
    private const int Mss = 48;

    /// <summary>Segments in flight.</summary>
    private const int Segments = 4096;

    private const int SackAcks = 2048;
    private const int SegmentsABatch = 1024;

    private static readonly Port PeerPort = new(80);

    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly LocalBlockPool _pool = new();
    private readonly Random _random = new(1);
    private readonly TcpEngine _engine;
    private readonly Tcb _connection;
    private readonly int _window;
    private Block _frame;
    private int _queued;
    private SeqNum _next = new(1);
    private SeqNum _acknowledged;
    private MonotonicTime _now = new(1);

    public HostilePeer()
    {
        var link = new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true);
        var options = new EngineOptions { PathMtuProbing = PathMtuProbing.Off };
        _engine = new TcpEngine(options, EnginePair.Keys(1), link, [SampleFrames.Local], _pool);
        _frame = _pool.Rent();
        _engine.Open(
            null, default, SampleFrames.Remote, PeerPort, new ConnectionOptions { NoDelay = true },
            _now, out var connection);
        _connection = connection!;
        _engine.TryEmit(_headers, _now, out var syn);
        if (!IpPacket.TryParse(syn.Headers, verifyChecksum: false, out var packet, out _)
            || !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            throw new InvalidOperationException("The engine has sent no SYN.");
        }

        _window = segment.Window;
        _acknowledged = segment.Seq + 1;
        var answer = new TcpOptions { Mss = Mss, SackPermitted = true, WindowScale = WindowScale.FromWire(10) };
        Arrive(TcpFlags.Syn | TcpFlags.Ack, new SeqNum(0), answer);
        Arrive(TcpFlags.Ack, _next, default);
        EmitAll();
    }

    /// <summary>The maximum of blocks rented at a time.</summary>
    public int MaxBlocks { get; private set; }

    public void Dispose() => _engine.Dispose();

    /// <summary>In-order segments of one byte.</summary>
    public Batch SendInOrder() => Measure(SegmentsABatch, () =>
    {
        Arrive(TcpFlags.Ack, _next, default, payload: 1);
        _next += 1;
        EmitAll();
        Consume();
    });

    /// <summary>Out-of-order segments of one byte, anywhere in the window.</summary>
    public Batch SendAnywhere() => Measure(SegmentsABatch, () =>
    {
        Arrive(TcpFlags.Ack, _next + (uint)_random.Next(1, _window), default, payload: 1);
        EmitAll();
    });

    /// <summary>An ACK for each segment of a flight, as an honest receiver sends them.</summary>
    public Batch AcknowledgeEach()
    {
        SendAFlight();
        var batch = Measure(Segments, () =>
        {
            _acknowledged += Mss;
            Arrive(TcpFlags.Ack, _next, default);
        });
        Consume();
        return batch;
    }

    /// <summary>
    /// ACKs that acknowledge nothing new, each with three SACK blocks of 1 to 96 bytes anywhere in the flight. Once per
    /// peer.
    /// </summary>
    public Batch SackAnywhere()
    {
        SendAFlight();
        return Measure(SackAcks, () =>
        {
            var blocks = default(SackBlocks);
            for (var i = 0; i < 3; i++)
            {
                var left = _acknowledged + (uint)_random.Next((Segments * Mss) - 96);
                blocks.TryAdd(new SackBlock(left, left + (uint)_random.Next(1, 97)));
            }

            Arrive(TcpFlags.Ack, _next, new TcpOptions { Sack = blocks });
            EmitAll();
        });
    }

    private Batch Measure(int count, Action step)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            step();
        var elapsed = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        MaxBlocks = Math.Max(MaxBlocks, _pool.Rented);
        return new Batch(count, elapsed, allocated);
    }

    /// <summary>
    /// Sends a whole flight. An honest peer acknowledges until the congestion window is large enough.
    /// </summary>
    private void SendAFlight()
    {
        while (true)
        {
            for (; _queued < Segments; _queued++)
            {
                var block = _pool.Rent(Mss);
                block.End = Mss;
                _engine.Send(_connection, block, _now);
            }

            var octets = EmitAll();
            _queued -= octets / Mss;
            if (octets == Segments * Mss)
                return;
            for (; octets > 0; octets -= Mss)
            {
                _acknowledged += Mss;
                Arrive(TcpFlags.Ack, _next, default);
            }

            Consume();
        }
    }

    private int EmitAll()
    {
        var octets = 0;
        _now += TimeSpan.FromMicroseconds(1);
        while (_engine.TryEmit(_headers, _now, out var emission))
            octets += emission.Payload.Length;
        return octets;
    }

    private void Consume()
    {
        while (_engine.TryDequeueEvent(out var engineEvent))
        {
            if ((engineEvent.Events & EngineEvents.Closed) != 0)
                throw new InvalidOperationException("The connection has ended.");
            _engine.DequeueAcknowledged(_connection);
            if ((engineEvent.Events & EngineEvents.Readable) == 0)
                continue;
            var octets = 0;
            var chain = _engine.Receive(_connection);
            for (var block = chain; block is not null; block = block.NextBlock)
                octets += block.Length;
            Block.ReleaseChain(chain);
            _engine.Consumed(_connection, octets, _now);
        }
    }

    private void Arrive(TcpFlags flags, SeqNum seq, in TcpOptions options, int payload = 0)
    {
        var header = new TcpHeader(PeerPort, _connection.Tuple.LocalPort, seq, _acknowledged, flags, ushort.MaxValue);
        var length = header.Write(_frame.Array.AsSpan(IpHeader.IPv4Length), options) + payload;
        IpHeader.Write(_frame.Array, SampleFrames.Remote, SampleFrames.Local, IpProtocol.Tcp, length, 64, 0);
        _frame.Start = 0;
        _frame.End = IpHeader.IPv4Length + length;
        if (_engine.OnFrame(_frame, _now))
            _frame = _pool.Rent();
    }

    /// <summary>The cost of a batch.</summary>
    /// <param name="Count">Segments.</param>
    /// <param name="Elapsed">Time.</param>
    /// <param name="Allocated">Bytes.</param>
    public readonly record struct Batch(int Count, TimeSpan Elapsed, long Allocated);
}

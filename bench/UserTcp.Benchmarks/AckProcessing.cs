using System.Buffers.Binary;
using System.Diagnostics;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>
/// An engine with a window of data outstanding, and the pure ACKs of its peer, one for each segment: parsing,
/// connection lookup, the acknowledgment, RTT, congestion control, the send queue. Sending is not timed.
/// </summary>
internal sealed class AckProcessing : IDisposable
{
    private const int Mss = 1460;
    private const int Segments = 512;
    private const int AckField = IpHeader.IPv4Length + 8;

    private static readonly Port PeerPort = new(80);

    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly LocalBlockPool _pool = new();
    private readonly TcpEngine _engine;
    private readonly Tcb _sender;
    private readonly Block _frame;
    private SeqNum _acknowledged;
    private MonotonicTime _now = new(1);

    public AckProcessing()
    {
        var link = new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true);
        var keys = EnginePair.Keys(1);
        _engine = new TcpEngine(new EngineOptions(), keys, link, [SampleFrames.Local], _pool);
        _frame = _pool.Rent();
        _engine.Open(
            null, default, SampleFrames.Remote, PeerPort,
            new ConnectionOptions { NoDelay = true }, _now, out var sender);
        _sender = sender!;
        _engine.TryEmit(_headers, _now, out var syn);
        if (!IpPacket.TryParse(syn.Headers, verifyChecksum: false, out var packet, out _)
            || !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            throw new InvalidOperationException("The engine has sent no SYN.");
        }

        _acknowledged = segment.Seq + 1;
        Arrive(
            TcpFlags.Syn | TcpFlags.Ack, new SeqNum(0),
            new TcpOptions { Mss = Mss, WindowScale = WindowScale.FromWire(10) });
        Arrive(TcpFlags.Ack, new SeqNum(1), default);
        EmitAll();
    }

    /// <summary>Pure ACKs per second over about <paramref name="length"/>, and the bytes that they allocate.</summary>
    public (double PerSecond, double BytesEach) Run(TimeSpan length)
    {
        long acks = 0, allocated = 0, ticks = 0;
        while (Stopwatch.GetElapsedTime(0, ticks) < length)
        {
            var outstanding = SendAWindow();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var octets = 0; octets < outstanding; octets += Mss)
            {
                _acknowledged += Mss;
                BinaryPrimitives.WriteUInt32BigEndian(_frame.Array.AsSpan(AckField), _acknowledged.Value);
                _engine.OnFrame(_frame, _now);
            }

            ticks += Stopwatch.GetTimestamp() - start;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            acks += outstanding / Mss;
            while (_engine.TryDequeueEvent(out _))
                _engine.DequeueAcknowledged(_sender);
        }

        return (acks / Stopwatch.GetElapsedTime(0, ticks).TotalSeconds, (double)allocated / acks);
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>Sends full segments as far as the windows allow; returns the octets.</summary>
    private int SendAWindow()
    {
        for (var i = 0; i < Segments; i++)
        {
            var block = _pool.Rent(Mss);
            block.End = Mss;
            _engine.Send(_sender, block, _now);
        }

        _now += TimeSpan.FromTicks(1000);
        return EmitAll();
    }

    private int EmitAll()
    {
        var octets = 0;
        while (_engine.TryEmit(_headers, _now, out var emission))
            octets += emission.Payload.Length;
        return octets;
    }

    private void Arrive(TcpFlags flags, SeqNum seq, in TcpOptions options)
    {
        var header = new TcpHeader(PeerPort, _sender.Tuple.LocalPort, seq, _acknowledged, flags, ushort.MaxValue);
        var length = header.Write(_frame.Array.AsSpan(IpHeader.IPv4Length), options);
        IpHeader.Write(_frame.Array, SampleFrames.Remote, SampleFrames.Local, IpProtocol.Tcp, length, 64, 0);
        _frame.Start = 0;
        _frame.End = IpHeader.IPv4Length + length;
        _engine.OnFrame(_frame, _now);
    }
}

using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>
/// A link to a crowd of peers, with a SYN flood. The first peers send requests, the others are idle. Only the sequence
/// numbers of the first are kept, so that the memory of the connections is the host's.
/// </summary>
internal sealed class BusyCrowd(int count, int active, int concurrent, int synsPerSecond) : ILinkDevice
{
    public const int RequestLength = 64;
    public const int ResponseLength = 256;

    /// <summary>The maximum of concurrent handshakes, below the size of a listener's queues.</summary>
    private const int Pace = 256;
    private const int PeersPerAddress = 32_768;
    private const int FirstPort = 1024;

    private readonly ManualResetEventSlim _wake = new();
    private readonly Queue<byte[]> _answers = new();
    private readonly Stack<byte[]> _spare = new();
    private readonly byte[] _sent = new byte[ushort.MaxValue];
    private readonly SeqNum[] _next = new SeqNum[active];
    private readonly SeqNum[] _heard = new SeqNum[active];
    private readonly bool[] _isWaiting = new bool[active];
    private int _limit;
    private int _opened;
    private int _underWay;
    private int _waiting;
    private int _turn;
    private long _floodSince;
    private long _flooded;
    private long _responses;
    private volatile bool _isAsking;

    public string Name => "crowd";

    public LinkProperties Properties { get; } = new(LinkProperties.DefaultMtu, ChecksumOffload: true);

    /// <summary>Complete responses received. Any thread.</summary>
    public long Responses => Volatile.Read(ref _responses);

    /// <summary>SYNs of the flood so far. Any thread.</summary>
    public long Flooded => Volatile.Read(ref _flooded);

    /// <summary>Lets peers open connections up to a number. Any thread.</summary>
    public void OpenUpTo(int limit)
    {
        Volatile.Write(ref _limit, Math.Min(limit, count));
        Wake();
    }

    /// <summary>Starts or ends the requests and the flood. Any thread.</summary>
    public void Ask(bool on)
    {
        Volatile.Write(
            ref _floodSince,
            Stopwatch.GetTimestamp() - (long)(Flooded * (double)Stopwatch.Frequency / Math.Max(synsPerSecond, 1)));
        _isAsking = on;
        Wake();
    }

    public int Read(Span<byte> buffer)
    {
        if (_answers.TryDequeue(out var answer))
        {
            answer.CopyTo(buffer);
            _spare.Push(answer);
            return answer.Length;
        }

        if (_opened < Volatile.Read(ref _limit) && _underWay < Pace)
            return Open(buffer);
        if (!_isAsking)
            return 0;
        if (FloodDue())
            return Flood(buffer);
        return _waiting < concurrent ? Request(buffer) : 0;
    }

    public bool Write(in Emission frame)
    {
        if (!IpPacket.TryParse(_sent.AsSpan(0, frame.CopyTo(_sent)), verifyChecksum: false, out var packet, out _) ||
            !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            return true;
        }

        var index = IndexOf(packet.Destination, segment.DestinationPort);
        if (index < 0)
            return true;
        if ((segment.Flags & TcpFlags.Syn) != 0)
        {
            _underWay--;
            if (index < active)
                (_next[index], _heard[index]) = (segment.Ack, segment.Seq + 1);
            Acknowledge(packet.Destination, segment.DestinationPort, segment.Ack, segment.Seq + 1);
        }
        else if (index < active && frame.Payload.Length > 0 && segment.Seq == _heard[index])
        {
            _heard[index] += (uint)frame.Payload.Length;
            Acknowledge(packet.Destination, segment.DestinationPort, _next[index], _heard[index]);
            _isWaiting[index] = false;
            _waiting--;
            Interlocked.Increment(ref _responses);
        }

        return true;
    }

    public void Wait(TimeSpan timeout)
    {
        if (_answers.Count > 0 || (_opened < Volatile.Read(ref _limit) && _underWay < Pace)
            || (_isAsking && _waiting < concurrent))
        {
            return;
        }

        // The flood does not sleep for long.
        _wake.Wait(_isAsking ? TimeSpan.FromMilliseconds(1) : timeout);
        _wake.Reset();
    }

    public void Wake() => _wake.Set();

    public void Dispose() => _wake.Dispose();

    private static Port HostPort => new((ushort)Crowd.Host.Port);

    private static (IpAddress Address, Port Port) Peer(int index)
    {
        var number = index / PeersPerAddress;
        return (IpAddress.FromIPv4(0xC6130000u | (uint)((number << 8) + 1)), new Port(
            (ushort)(FirstPort + (index % PeersPerAddress))));
    }

    private static int IndexOf(IpAddress address, Port port)
    {
        var value = address.IPv4Value;
        return value >> 16 == 0xC613 ? ((int)((value >> 8) & 0xFF) * PeersPerAddress) + port.Value - FirstPort : -1;
    }

    private static int Write(Span<byte> frame, IpAddress peer, in TcpHeader header, int data = 0)
    {
        var length = header.Write(frame[IpHeader.IPv4Length..], default) + data;
        IpHeader.Write(frame, peer, SampleFrames.Local, IpProtocol.Tcp, length, 64, 0);
        return IpHeader.IPv4Length + length;
    }

    private int Open(Span<byte> buffer)
    {
        var (address, port) = Peer(_opened++);
        _underWay++;
        return Write(
            buffer, address,
            new TcpHeader(port, HostPort, new SeqNum((uint)_opened), default, TcpFlags.Syn, ushort.MaxValue));
    }

    private int Request(Span<byte> buffer)
    {
        for (var tries = 0; tries < active; tries++)
        {
            var index = _turn;
            _turn = (_turn + 1) % active;
            if (_isWaiting[index])
                continue;
            _isWaiting[index] = true;
            _waiting++;
            var (address, port) = Peer(index);
            var header = new TcpHeader(
                port, HostPort, _next[index], _heard[index], TcpFlags.Ack | TcpFlags.Psh, ushort.MaxValue);
            _next[index] += RequestLength;
            return Write(buffer, address, header, RequestLength);
        }

        return 0;
    }

    private bool FloodDue() =>
        synsPerSecond > 0
        && Stopwatch.GetElapsedTime(Volatile.Read(ref _floodSince)).TotalSeconds * synsPerSecond > _flooded;

    private int Flood(Span<byte> buffer)
    {
        // From a network without hosts, another port and address each time.
        var number = (uint)Interlocked.Increment(ref _flooded);
        var address = IpAddress.FromIPv4(0x0A000000u | (number & 0xFFFFFF));
        return Write(buffer, address, new TcpHeader(
            new Port((ushort)(1024 + (number % 60_000))), HostPort, new SeqNum(number), default, TcpFlags.Syn, 1024));
    }

    private void Acknowledge(IpAddress peer, Port port, SeqNum seq, SeqNum ack)
    {
        var frame = _spare.TryPop(out var spare) ? spare : new byte[IpHeader.IPv4Length + TcpHeader.MinLength];
        Write(frame, peer, new TcpHeader(port, HostPort, seq, ack, TcpFlags.Ack, ushort.MaxValue));
        _answers.Enqueue(frame);
    }
}

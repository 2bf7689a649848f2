using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>The state in which each peer of the crowd stops.</summary>
internal enum CrowdAim
{
    /// <summary>Half-open: the SYN,ACK is not answered.</summary>
    HalfOpen,

    /// <summary>Established and idle.</summary>
    Established,

    /// <summary>Closed by the host: the peer answers its FIN with ACK and FIN.</summary>
    TimeWait,
}

/// <summary>
/// A link to a crowd of stateless peers: each answer follows from the frame it answers. All memory of a connection is
/// thus the host's.
/// </summary>
internal sealed class Crowd(CrowdAim aim, int count) : ILinkDevice
{
    /// <summary>The maximum of concurrent handshakes, below the size of a listener's queues.</summary>
    private const int Pace = 256;
    private const int PeersPerAddress = 32_768;
    private const int FirstPort = 1024;

    private readonly ManualResetEventSlim _wake = new();
    private readonly Queue<byte[]> _answers = new();
    private readonly Stack<byte[]> _spare = new();
    private volatile bool _isStarted;
    private int _opened;
    private int _underWay;
    private int _completed;

    public static IPEndPoint Host { get; } = new(IPAddress.Parse("198.18.0.2"), 80);

    public string Name => "crowd";

    public LinkProperties Properties { get; } = new(LinkProperties.DefaultMtu, ChecksumOffload: true);

    /// <summary>Connections that have reached the state. Any thread.</summary>
    public int Completed => Volatile.Read(ref _completed);

    public int Read(Span<byte> buffer)
    {
        if (_answers.TryDequeue(out var answer))
        {
            answer.CopyTo(buffer);
            _spare.Push(answer);
            return answer.Length;
        }

        if (!HasMore)
            return 0;
        var (address, port) = Peer(_opened++);
        _underWay++;
        return Write(
            buffer, address,
            new TcpHeader(port, HostPort, new SeqNum((uint)_opened), default, TcpFlags.Syn, ushort.MaxValue));
    }

    public bool Write(in Emission frame)
    {
        if (!IpPacket.TryParse(frame.Headers, verifyChecksum: false, out var packet, out _) ||
            !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            return true;
        }

        var isHandshake = (segment.Flags & TcpFlags.Syn) != 0;
        if (isHandshake && aim != CrowdAim.HalfOpen)
            Answer(packet.Destination, segment, TcpFlags.Ack);
        if ((segment.Flags & TcpFlags.Fin) != 0)
            Answer(packet.Destination, segment, TcpFlags.Fin | TcpFlags.Ack);
        var isLast = aim == CrowdAim.TimeWait ? !isHandshake && (segment.Flags & TcpFlags.Fin) == 0 : isHandshake;
        if (isLast)
        {
            _underWay--;
            Interlocked.Increment(ref _completed);
        }

        return true;
    }

    public void Wait(TimeSpan timeout)
    {
        if (_answers.Count > 0 || HasMore)
            return;
        _wake.Wait(timeout);
        _wake.Reset();
    }

    public void Wake() => _wake.Set();

    public void Dispose() => _wake.Dispose();

    /// <summary>Starts the crowd, once the host listens. Any thread.</summary>
    public void Start()
    {
        _isStarted = true;
        Wake();
    }

    private static Port HostPort => new((ushort)Host.Port);

    private bool HasMore => _isStarted && _opened < count && _underWay < Pace;

    private static (IpAddress Address, Port Port) Peer(int index)
    {
        var number = index / PeersPerAddress;
        var address = IpAddress.From(new IPAddress([198, 19, (byte)(number >> 8), (byte)(number + 1)]));
        return (address, new Port((ushort)(FirstPort + (index % PeersPerAddress))));
    }

    private static int Write(Span<byte> frame, IpAddress peer, in TcpHeader header)
    {
        var length = header.Write(frame[IpHeader.IPv4Length..], default);
        IpHeader.Write(frame, peer, SampleFrames.Local, IpProtocol.Tcp, length, 64, 0);
        return IpHeader.IPv4Length + length;
    }

    private void Answer(IpAddress peer, in TcpSegment heard, TcpFlags flags)
    {
        var frame = _spare.TryPop(out var spare) ? spare : new byte[IpHeader.IPv4Length + TcpHeader.MinLength];
        var octets = (heard.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u;
        Write(
            frame, peer,
            new TcpHeader(heard.DestinationPort, HostPort, heard.Ack, heard.Seq + octets, flags, ushort.MaxValue));
        _answers.Enqueue(frame);
    }
}

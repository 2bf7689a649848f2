using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Matrix;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>
/// The kernel's TCP in a state, with the same history as the engine in the arrival matrix. One connection for one case.
/// </summary>
internal sealed class KernelSituation : IDisposable
{
    private const int History = 100;
    private const int Outstanding = 10;
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Push = TcpFlags.Ack | TcpFlags.Psh;
    private static readonly Port ClosedPort = new(9);

    private readonly RawPeer _peer;
    private readonly Socket _listener;
    private readonly TcpState _state;
    private readonly Port _peerPort;
    private readonly SeqNum _irs;
    private Port _kernelPort;
    private SeqNum _iss;
    private uint _edge;
    private Socket? _socket;

    /// <summary>The peer's RCV.NXT lies just before <paramref name="corner"/> of the sequence space.</summary>
    public KernelSituation(RawPeer peer, Socket listener, TcpState state, ushort peerPort, uint corner)
    {
        const uint Before = 2;
        (_peer, _listener, _state, _peerPort) = (peer, listener, state, new Port(peerPort));
        _irs = new SeqNum(corner) - Before - (state < TcpState.Established ? 0u : History + 1u);
        _kernelPort = state == TcpState.Closed
            ? ClosedPort
            : new Port((ushort)((IPEndPoint)listener.LocalEndPoint!).Port);
        // In states without one any number will do.
        _iss = new SeqNum(corner) - 1;
        Numbers = Reach();
        Assert.Equal(state == TcpState.Listen ? TcpState.Closed : state, State());
    }

    public Numbers Numbers { get; }

    public void Dispose()
    {
        // Ends with a RST, so that no timer sends later.
        _socket?.Close(0);
        _peer.Collect(_peerPort);
    }

    /// <summary>Injects the segment; returns the answer in the table's notation and the state afterwards.</summary>
    public (string Answer, TcpState After) Arrive(PeerSegment segment)
    {
        if (_socket is not null)
        {
            // TCP_QUICKACK and TCP_NODELAY: nothing is delayed.
            Span<byte> on = [1, 0, 0, 0];
            const int QuickAck = 12;
            _socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, QuickAck, on);
        }

        var answers = Inject(segment.Flags, segment.Seq, segment.Ack, segment.PayloadLength)
            .Where(answer => !IsOurSynAgain(answer)).Select(answer => Form(answer, segment)).ToList();
        var state = State();
        if (state == TcpState.Closed && _state is TcpState.Listen or TcpState.SynReceived)
            state = TcpState.Listen;
        return (answers.Count == 0 ? "-" : string.Join('&', answers), state);
    }

    /// <summary>
    /// After a wrong ACK in SYN-SENT Linux retransmits its SYN within two ticks. That SYN is not an answer, and it may
    /// be sent before the echo reply.
    /// </summary>
    private bool IsOurSynAgain(KernelSegment sent) =>
        _state == TcpState.SynSent && sent.Header.Flags == TcpFlags.Syn && sent.Header.Seq == _iss;

    private string Form(KernelSegment sent, PeerSegment segment)
    {
        var answer = Answer.Read(sent.Header, _iss, _irs);
        var begins = _state is TcpState.Listen or TcpState.TimeWait && answer.Flags == (TcpFlags.Syn | Ack);
        var form = (begins ? answer with { Seq = Answer.FreshSeq } : answer).FormFor(_state, Numbers, segment);
        return sent.PayloadLength == 0 ? form : $"{form}+{sent.PayloadLength}";
    }

    private Numbers Reach()
    {
        switch (_state)
        {
            case TcpState.Closed or TcpState.Listen:
                return Numbers.Unsynchronized;
            case TcpState.SynSent:
                Connect();
                return Numbers.Unsynchronized;
            case TcpState.SynReceived:
                OpenHalf();
                return new Numbers(0, 1, 1, _edge);
            default:
                return Close(Converse()) with { Edge = _edge };
        }
    }

    private void Connect()
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        Assert.Throws<SocketException>(() => _socket.Connect(new IPEndPoint(KernelLink.StackIPv4, _peerPort.Value)));
        var syn = Single(_peer.Collect(_peerPort), TcpFlags.Syn);
        (_iss, _kernelPort) = (syn.Header.Seq, syn.Header.SourcePort);
    }

    private void OpenHalf() => _iss = Single(Inject(TcpFlags.Syn, 0, 0), TcpFlags.Syn | Ack).Header.Seq;

    private Numbers Converse()
    {
        OpenHalf();
        Note(Inject(Ack, 1, 1));
        _socket = _listener.Accept();
        _socket.NoDelay = true;
        SendData(History);
        Assert.Empty(Inject(Ack, 1, 1 + History));
        Single(Inject(Push, 1, 1 + History, History), Ack);
        Assert.Equal(History, _socket.Receive(new byte[2 * History]));
        Note(_peer.Collect(_peerPort));
        return new Numbers(1 + History, 1 + History, 1 + History, 0);
    }

    private Numbers Close(Numbers at) => _state switch
    {
        TcpState.Established => Send(at),
        TcpState.FinWait1 => ShutDown(at),
        TcpState.FinWait2 => FinAcknowledged(ShutDown(at)),
        TcpState.CloseWait => Send(PeerCloses(at)),
        TcpState.Closing => PeerCloses(ShutDown(at)),
        TcpState.LastAck => ShutDown(PeerCloses(at)),
        _ => PeerCloses(FinAcknowledged(ShutDown(at))),
    };

    private void SendData(int octets)
    {
        Assert.Equal(octets, _socket!.Send(new byte[octets]));
        Assert.Equal(octets, Single(_peer.Collect(_peerPort), Push).PayloadLength);
    }

    private Numbers Send(Numbers at)
    {
        SendData(Outstanding);
        return at with { SndNxt = at.SndNxt + Outstanding };
    }

    private Numbers ShutDown(Numbers at)
    {
        _socket!.Shutdown(SocketShutdown.Send);
        Single(_peer.Collect(_peerPort), TcpFlags.Fin | Ack);
        return at with { SndNxt = at.SndNxt + 1 };
    }

    private Numbers FinAcknowledged(Numbers at)
    {
        Assert.Empty(Inject(Ack, at.RcvNxt, at.SndNxt));
        return at with { SndUna = at.SndNxt };
    }

    private Numbers PeerCloses(Numbers at)
    {
        Single(Inject(TcpFlags.Fin | Ack, at.RcvNxt, at.SndUna), Ack);
        return at with { RcvNxt = at.RcvNxt + 1 };
    }

    private List<KernelSegment> Inject(TcpFlags flags, uint seq, uint ack, int payloadLength = 0)
    {
        var header = new TcpHeader(_peerPort, _kernelPort, _irs + seq, _iss + ack, flags, Numbers.PeerWindow);
        return _peer.Exchange(header, new byte[payloadLength]);
    }

    private KernelSegment Single(List<KernelSegment> segments, TcpFlags flags)
    {
        Note(segments);
        var segment = Assert.Single(segments);
        Assert.Equal(flags, segment.Header.Flags);
        return segment;
    }

    private void Note(List<KernelSegment> segments)
    {
        foreach (var header in segments.Select(segment => segment.Header).Where(header => (header.Flags & Ack) != 0))
            _edge = Math.Max(_edge, unchecked(header.Ack.Value - _irs.Value + header.Window));
    }

    private TcpState State()
    {
        if (_socket is not null)
        {
            Span<byte> info = stackalloc byte[256];
            const int TcpInfo = 11;
            _socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info);
            if (KernelStates.Of(info[0]) is var state && state != TcpState.Closed)
                return state;
        }

        // No socket: a half-open entry, TIME-WAIT, or no connection.
        return KernelStates.Find(_kernelPort.Value, _peerPort.Value);
    }
}

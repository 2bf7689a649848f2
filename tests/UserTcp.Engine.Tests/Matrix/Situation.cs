using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>
/// A real engine in a state, with a history: data has been sent both ways, and data of ours is in flight where the
/// state allows it. Both ends' numbers lie next to a corner of the sequence space, so that a case has numbers on both
/// sides of it.
/// </summary>
internal sealed class Situation
{
    /// <summary>Bytes sent each way before.</summary>
    private const int History = 100;

    private const int Outstanding = 10;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly Script _script;
    private readonly TcpState _state;
    private readonly SeqNum _iss;
    private readonly SeqNum _irs;

    /// <summary>A situation with SND.UNA just below one corner and RCV.NXT just below another.</summary>
    public Situation(TcpState state, string family, uint ours, uint peers)
    {
        const uint Before = 2;
        var history = state < TcpState.Established ? 0u : History + 1u;
        _state = state;
        _iss = new SeqNum(ours) - Before - history;
        _irs = new SeqNum(peers) - Before - history;
        // Every ACK is sent at once: a delayed ACK would hide the reply.
        _script = new Script(
            new EngineOptions { QuickAcks = 16 }, _irs.Value, family, iss: _iss.Value, cookies: SynCookieMode.Never);
        Numbers = Reach();
        Assert.Equal(state == TcpState.Listen ? TcpState.Closed : state, _script.State);
        _script.ExpectNothing();
    }

    public Numbers Numbers { get; }

    /// <summary>Injects the segment; returns its outcome and the engine's disposition.</summary>
    public (Outcome Outcome, Disposition Disposition) Arrive(PeerSegment segment)
    {
        var data = _script.Count(Counter.DataReceived);
        _script.InjectFrame(FrameOf(segment));
        var answers = new List<Answer>();
        while (_script.TryDequeueSent() is { } sent)
            answers.Add(Read(sent));
        Assert.True(answers.Count <= 1, $"{segment} drew {string.Join(" and ", answers)}");
        var outcome = new Outcome(
            answers.Count == 0 ? null : answers[0], After(),
            (int)(_script.Count(Counter.DataReceived) - data), Held(), IsRestarted());
        return (outcome, _script.Host.Observations.Last(o => !o.Sent).Disposition);
    }

    private Numbers Reach()
    {
        switch (_state)
        {
            case TcpState.Closed:
                return Numbers.Unsynchronized;
            case TcpState.Listen:
                _script.Listen();
                return Numbers.Unsynchronized;
            case TcpState.SynSent:
                _script.Open();
                return Numbers.Unsynchronized;
            case TcpState.SynReceived:
                _script.Listen();
                _script.Inject(TcpFlags.Syn, seq: 0);
                _script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
                return new Numbers(0, 1, 1, Edge());
            default:
                var numbers = Close(Converse());
                _script.Pass(_state == TcpState.TimeWait ? Silence : TimeSpan.Zero);
                return numbers with { Edge = Edge() };
        }
    }

    private Numbers Converse()
    {
        _script.Accept(Numbers.PeerWindow);
        _script.Send(new string('o', History));
        _script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, length: History);
        _script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + History);
        _script.Inject(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1 + History, data: new string('p', History));
        _script.Expect(TcpFlags.Ack, seq: 1 + History, ack: 1 + History);
        Assert.Equal(History, _script.Read().Length);
        _script.Pass(Silence);
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

    private Numbers Send(Numbers at)
    {
        _script.Send(new string('o', Outstanding));
        _script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: at.SndNxt, ack: at.RcvNxt, length: Outstanding);
        return at with { SndNxt = at.SndNxt + Outstanding };
    }

    private Numbers ShutDown(Numbers at)
    {
        _script.Shutdown();
        _script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: at.SndNxt, ack: at.RcvNxt);
        return at with { SndNxt = at.SndNxt + 1 };
    }

    private Numbers FinAcknowledged(Numbers at)
    {
        _script.Inject(TcpFlags.Ack, seq: at.RcvNxt, ack: at.SndNxt);
        return at with { SndUna = at.SndNxt };
    }

    private Numbers PeerCloses(Numbers at)
    {
        _script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: at.RcvNxt, ack: at.SndUna);
        _script.Expect(TcpFlags.Ack, seq: at.SndNxt, ack: at.RcvNxt + 1);
        return at with { RcvNxt = at.RcvNxt + 1 };
    }

    /// <summary>The max right edge that our ACKs have offered.</summary>
    private uint Edge() => _script.Host.Observations.Where(o => o.Sent && (o.Header.Flags & TcpFlags.Ack) != 0)
        .Max(o => unchecked(o.Header.Ack.Value - _irs.Value + o.Window));

    private byte[] FrameOf(PeerSegment segment)
    {
        // Without the ACK bit the field is set as well, and must be ignored.
        var header = new TcpHeader(
            _script.PeerPort, _script.HostPort, _irs + segment.Seq, _iss + segment.Ack,
            segment.Flags, Numbers.PeerWindow);
        return Frames.Tcp(_script.Peer, _script.Host.Address, header, default, Axes.Data[..segment.PayloadLength]);
    }

    private Answer Read(SentSegment sent)
    {
        Assert.Empty(sent.Payload);
        var answer = Answer.Read(sent.Header, _iss, _irs);
        if (_state != TcpState.TimeWait || answer.Flags != (TcpFlags.Syn | TcpFlags.Ack))
            return answer;
        Assert.True(sent.Header.Seq > _iss + Numbers.SndNxt, "the new connection starts within the old one's numbers");
        return answer with { Seq = Answer.FreshSeq };
    }

    private TcpState After()
    {
        var state = _script.State;
        var isListenedFor = _state is TcpState.Listen or TcpState.SynReceived;
        return state == TcpState.Closed && isListenedFor ? TcpState.Listen : state;
    }

    private int Held()
    {
        if (_script.Engine.State.Connections.Find(_script.Tuple) is not { } tcb)
            return 0;
        var ranges = tcb.Active.OutOfOrder is { } queue
            ? Enumerable.Range(0, queue.RangeCount).Sum(i => queue[i].End - queue[i].Start)
            : 0;
        return ranges + (tcb.Rcv.Fin >= tcb.Rcv.Nxt ? 1 : 0);
    }

    private bool IsRestarted()
    {
        var left =
            _script.Engine.GetSnapshots(_script.Now).FirstOrDefault(s => s.State == TcpState.TimeWait)?.TimeWaitLeft;
        return _state == TcpState.TimeWait && left > (2 * new EngineOptions().MaxSegmentLifetime) - (Silence / 2);
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>
/// SEGMENT ARRIVES (RFC 9293 section 3.10.7) a second time, from the words of the RFC, with RFC 5961 and
/// docs/decisions/0013. It uses only the names of the states from the engine. It works on plain numbers and one
/// segment.
/// </summary>
internal sealed class Rfc9293
{
    private static readonly TcpState[] Receiving = [TcpState.Established, TcpState.FinWait1, TcpState.FinWait2];

    private readonly TcpState _state;
    private readonly Numbers _numbers;
    private readonly PeerSegment _segment;
    private TcpState _after;
    private Answer? _answer;
    private int _delivered;
    private int _held;

    private Rfc9293(TcpState state, Numbers numbers, PeerSegment segment)
    {
        (_state, _numbers, _segment) = (state, numbers, segment);
        _after = state;
    }

    private bool IsRst => _segment.Has(TcpFlags.Rst);

    private bool IsSyn => _segment.Has(TcpFlags.Syn);

    private bool IsAck => _segment.Has(TcpFlags.Ack);

    private bool IsFin => _segment.Has(TcpFlags.Fin);

    public static (Outcome Outcome, Step Step) Decide(TcpState state, Numbers numbers, PeerSegment segment)
    {
        var decision = new Rfc9293(state, numbers, segment);
        var step = state switch
        {
            TcpState.Closed => decision.Closed(),
            TcpState.Listen => decision.Listen(),
            TcpState.SynSent => decision.SynSent(),
            TcpState.TimeWait => decision.TimeWait(),
            _ => decision.Synchronized(),
        };
        var outcome = new Outcome(
            decision._answer, decision._after, decision._delivered, decision._held,
            Restarted: step == Step.TimeWaitFin);
        return (outcome, step);
    }

    private Step Closed()
    {
        if (IsRst)
            return Step.ClosedReset;
        SendReset();
        return Step.Closed;
    }

    private Step Listen()
    {
        if (IsRst)
            return Step.ListenReset;
        if (IsAck)
        {
            SendReset();
            return Step.ListenAck;
        }

        if (!IsSyn)
            return Step.ListenOther;
        SendSynAck();
        _after = TcpState.SynReceived;
        return Step.ListenSyn;
    }

    private Step SynSent()
    {
        // If SEG.ACK =< ISS or SEG.ACK > SND.NXT; then, SND.UNA < SEG.ACK =< SND.NXT is acceptable.
        if (IsAck && !AcknowledgesNew())
        {
            if (!IsRst)
                SendReset();
            return Step.SynSentAck;
        }

        if (IsRst && !IsAck)
            return Step.SynSentBareReset;
        if (IsRst)
        {
            _after = TcpState.Closed;
            return Step.SynSentReset;
        }

        if (!IsSyn)
            return Step.SynSentOther;
        if (IsAck)
        {
            _after = TcpState.Established;
            _answer = new Answer(TcpFlags.Ack, _numbers.SndNxt, unchecked(_segment.Seq + 1));
        }
        else
        {
            _after = TcpState.SynReceived;
            SendSynAck();
        }

        return Step.SynSentSyn;
    }

    private Step Synchronized()
    {
        var (seq, hasSyn) = (_segment.Seq, IsSyn);
        if (_state == TcpState.SynReceived && IsSyn && !IsRst && seq == 0)
        {
            // Decision 0013: a bare SYN requests our SYN,ACK; a SYN,ACK is that of figure 8, and its SYN is trimmed.
            if (!IsAck)
            {
                SendSynAck();
                return Step.DuplicateSyn;
            }

            (seq, hasSyn) = (1, false);
        }

        // First, check sequence number.
        if (!IsAcceptable(seq, hasSyn))
        {
            if (IsRst)
                return Step.OutsideReset;
            SendAck();
            return hasSyn ? Step.SynChallenged : Step.Outside;
        }

        // Second, check the RST bit; RFC 5961 section 3.2.
        if (IsRst && seq == _numbers.RcvNxt)
        {
            _after = _state == TcpState.SynReceived ? TcpState.Listen : TcpState.Closed;
            return Step.Reset;
        }

        if (IsRst || hasSyn)
        {
            // Fourth, check the SYN bit; RFC 5961 section 4.2.
            SendAck();
            return IsRst ? Step.ResetChallenged : Step.SynChallenged;
        }

        return Acknowledgment()
            ?? (_segment.PayloadLength > 0 ? SegmentData(seq) : IsFin ? Fin(seq) : Step.Acknowledged);
    }

    /// <summary>Fifth, check the ACK field; null to continue.</summary>
    private Step? Acknowledgment()
    {
        if (!IsAck)
            return Step.NoAck;
        if (_state == TcpState.SynReceived)
        {
            if (!AcknowledgesNew())
            {
                SendReset();
                return Step.HandshakeAck;
            }

            _after = TcpState.Established;
            return null;
        }

        // RFC 5961 section 5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT.
        var oldest = unchecked(_numbers.SndUna - Numbers.PeerWindow);
        if (unchecked(_segment.Ack - oldest) > unchecked(_numbers.SndNxt - oldest))
        {
            SendAck();
            return Step.AckChallenged;
        }

        var isFinAcknowledged = _segment.Ack == _numbers.SndNxt;
        if (isFinAcknowledged)
        {
            _after = _state switch
            {
                TcpState.FinWait1 => TcpState.FinWait2,
                TcpState.Closing => TcpState.TimeWait,
                TcpState.LastAck => TcpState.Closed,
                _ => _state,
            };
        }

        // In LAST-ACK "delete the TCB, enter the CLOSED state, and return".
        return _after is TcpState.Closed or TcpState.TimeWait ? Step.Acknowledged : null;
    }

    /// <summary>Seventh, "process the segment text".</summary>
    private Step SegmentData(uint seq)
    {
        if (!Receiving.Contains(_after))
            return Step.DataAfterFin;
        var ahead = unchecked(seq - _numbers.RcvNxt);
        var isAhead = ahead != 0 && ahead < Window;
        if (isAhead)
        {
            _held = _segment.PayloadLength;
            SendAck();
            return Step.DataHeld;
        }

        var known = unchecked((int)(_numbers.RcvNxt - seq));
        _delivered = _segment.PayloadLength - known;
        SendAck((uint)_delivered);
        return Step.Data;
    }

    /// <summary>Eighth, check the FIN bit.</summary>
    private Step Fin(uint seq)
    {
        if (!Receiving.Contains(_after))
            return Step.DuplicateFin;
        if (seq != _numbers.RcvNxt)
        {
            _held = 1;
            SendAck();
            return Step.FinHeld;
        }

        SendAck(1);
        _after = _after switch
        {
            TcpState.Established => TcpState.CloseWait,
            TcpState.FinWait1 => TcpState.Closing,
            _ => TcpState.TimeWait,
        };
        return Step.Fin;
    }

    private Step TimeWait()
    {
        if (IsRst)
            return Step.TimeWaitReset;
        // Decision 0013: the fifth step is first, since TIME-WAIT has no window.
        if (!IsAck && !IsSyn)
            return Step.NoAck;
        var beyond = unchecked(_segment.Seq - _numbers.RcvNxt);
        if (IsSyn && !IsAck && beyond is > 0 and < 1u << 31)
        {
            _after = TcpState.SynReceived;
            SendSynAck();
            return Step.TimeWaitNew;
        }

        if (_segment.Length == 0 && _segment.Seq == _numbers.RcvNxt)
            return Step.TimeWaitAck;
        SendAck();
        if (IsSyn)
            return Step.TimeWaitSyn;
        return IsFin && unchecked(_segment.Seq + _segment.Length) == _numbers.RcvNxt
            ? Step.TimeWaitFin
            : Step.TimeWaitOther;
    }

    private uint Window => unchecked(_numbers.Edge - _numbers.RcvNxt);

    /// <summary>
    /// Table 6 for a non-zero window; decision 0013: an empty segment may also lie at the right edge.
    /// </summary>
    private bool IsAcceptable(uint seq, bool hasSyn)
    {
        var length = (uint)_segment.PayloadLength + (hasSyn ? 1u : 0) + (IsFin ? 1u : 0);
        if (length == 0)
            return IsInWindow(seq) || (seq == _numbers.Edge && !IsRst);
        return IsInWindow(seq) || IsInWindow(unchecked(seq + length - 1));
    }

    private bool IsInWindow(uint seq) => unchecked(seq - _numbers.RcvNxt) < Window;

    /// <summary>SND.UNA &lt; SEG.ACK =&lt; SND.NXT.</summary>
    private bool AcknowledgesNew()
    {
        var ahead = unchecked(_segment.Ack - _numbers.SndUna);
        return ahead > 0 && ahead <= unchecked(_numbers.SndNxt - _numbers.SndUna);
    }

    private void SendAck(uint more = 0) =>
        _answer = new Answer(TcpFlags.Ack, _numbers.SndNxt, unchecked(_numbers.RcvNxt + more));

    private void SendSynAck() =>
        _answer = new Answer(TcpFlags.Syn | TcpFlags.Ack, Answer.FreshSeq, unchecked(_segment.Seq + 1));

    private void SendReset() => _answer = IsAck
        ? new Answer(TcpFlags.Rst, _segment.Ack, 0)
        : new Answer(TcpFlags.Rst | TcpFlags.Ack, 0, unchecked(_segment.Seq + _segment.Length));
}

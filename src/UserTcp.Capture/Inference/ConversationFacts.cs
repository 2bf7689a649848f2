using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>The figures of a conversation's summary.</summary>
internal sealed class ConversationFacts
{
    public EndFacts First { get; } = new();

    public EndFacts Second { get; } = new();

    /// <summary>When the first segment passed.</summary>
    public MonotonicTime? Start { get; private set; }

    /// <summary>When the last segment passed.</summary>
    public MonotonicTime Last { get; private set; }

    /// <summary>Times of the SYN, the SYN,ACK and the ACK of the handshake, as far as each was captured once.</summary>
    public MonotonicTime? Syn { get; private set; }

    public MonotonicTime? SynAck { get; private set; }

    public MonotonicTime? HandshakeAck { get; private set; }

    /// <summary>A SYN was retransmitted, so the handshake measures no RTT.</summary>
    public bool IsHandshakeAmbiguous { get; private set; }

    /// <summary>The frames of the FINs and the RST that ended the connection, in their order.</summary>
    public List<(bool IsFromFirst, bool IsReset, TcpState Before)> Ending { get; } = [];

    public EndFacts Of(bool isFirst) => isFirst ? First : Second;

    public void BeforeSegment(in CapturedSegment segment, EndModel first, EndModel second)
    {
        Start ??= segment.Time;
        Last = segment.Time;
        First.Limits.Pass(segment.Time, first, second);
        Second.Limits.Pass(segment.Time, second, first);
    }

    public void OnSegment(in CapturedSegment segment, SegmentInference inference, EndModel first, EndModel second)
    {
        var (sender, receiver) = segment.IsFromFirst ? (first, second) : (second, first);
        var (sending, receiving) = (Of(segment.IsFromFirst), Of(!segment.IsFromFirst));
        sending.OnSent(segment, inference);
        if (segment.PayloadLength > 0)
            sending.Limits.OnTransfer(segment.Time);
        if (inference.Has(SegmentMeaning.NewAck) && receiving.Segments > 0)
            receiving.Limits.OnTransfer(segment.Time);
        AddHandshake(segment, inference);
        var isFromFirst = segment.IsFromFirst;
        var isFirstFin = segment.Has(TcpFlags.Fin) && !Ending.Exists(end => end.IsFromFirst == isFromFirst);
        if (isFirstFin || (segment.Has(TcpFlags.Rst) && !Ending.Exists(end => end.IsReset)))
            Ending.Add((segment.IsFromFirst, segment.Has(TcpFlags.Rst), inference.SenderBefore));
        sending.Rules.Check(segment, inference, sender, receiver);
    }

    private void AddHandshake(in CapturedSegment segment, SegmentInference inference)
    {
        if (segment.Has(TcpFlags.Syn))
        {
            IsHandshakeAmbiguous |= inference.Cause != RetransmissionCause.None;
            if (segment.Has(TcpFlags.Ack))
                SynAck ??= segment.Time;
            else
                Syn ??= segment.Time;
        }
        else if (segment.IsFromFirst && SynAck is not null)
        {
            HandshakeAck ??= segment.Time;
        }
    }
}

/// <summary>The figures of what one end sends.</summary>
internal sealed class EndFacts
{
    public LimitTracker Limits { get; } = new();

    public RulesBroken Rules { get; } = new();

    /// <summary>Segments with data, retransmissions included.</summary>
    public int Segments { get; private set; }

    /// <summary>Bytes of data, retransmissions included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Retransmitted segments with data or FIN, by cause.</summary>
    public Dictionary<RetransmissionCause, int> Retransmissions { get; } = [];

    /// <summary>The sum of <see cref="Retransmissions"/>.</summary>
    public int Retransmitted { get; private set; }

    /// <summary>Retransmissions of data that the receiver had.</summary>
    public int Spurious { get; private set; }

    /// <summary>Retransmissions whose original never passed the capture point.</summary>
    public int LostBefore { get; private set; }

    /// <summary>The longest wait before a timeout.</summary>
    public TimeSpan LongestTimeout { get; private set; }

    /// <summary>All waits before timeouts.</summary>
    public TimeSpan Timeouts { get; private set; }

    /// <summary>SYNs that were retransmitted.</summary>
    public int SynRetransmissions { get; private set; }

    public int Probes { get; private set; }

    public int KeepAlives { get; private set; }

    /// <summary>Segments that were reordered before the capture point.</summary>
    public int Reordered { get; private set; }

    /// <summary>Frames that are in the capture twice.</summary>
    public int Duplicated { get; private set; }

    public int WrongChecksums { get; private set; }

    public void OnSent(in CapturedSegment segment, SegmentInference inference)
    {
        if (segment.HasWrongChecksum)
            WrongChecksums++;
        if (inference.Reason == SegmentReason.ZeroWindowProbe)
            Probes++;
        else if (inference.Reason == SegmentReason.KeepAlive)
            KeepAlives++;
        else if (segment.PayloadLength > 0)
            (Segments, Bytes) = (Segments + 1, Bytes + segment.PayloadLength);
        if (inference.IsReordered)
            Reordered++;
        switch (inference.Cause)
        {
            case RetransmissionCause.None:
                return;
            case RetransmissionCause.Duplicated:
                Duplicated++;
                return;
            case RetransmissionCause.Timeout when segment.Has(TcpFlags.Syn):
                SynRetransmissions++;
                return;
        }

        Retransmitted++;
        Retransmissions[inference.Cause] = Retransmissions.GetValueOrDefault(inference.Cause) + 1;
        Spurious += inference.IsSpurious ? 1 : 0;
        LostBefore += inference.Original is null ? 1 : 0;
        if (inference.Cause != RetransmissionCause.Timeout)
            return;
        Timeouts += inference.Waited;
        if (inference.Waited > LongestTimeout)
            LongestTimeout = inference.Waited;
    }

    /// <summary>Retransmissions with one of these causes.</summary>
    public int CountOf(params ReadOnlySpan<RetransmissionCause> causes)
    {
        var count = 0;
        foreach (var cause in causes)
            count += Retransmissions.GetValueOrDefault(cause);
        return count;
    }
}

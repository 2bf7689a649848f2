using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>What a connection sends next.</summary>
internal enum OutputKind : byte
{
    Nothing,
    Syn,
    Retransmission,
    Data,
    TailLossProbe,
    ZeroWindowProbe,
    KeepAlive,
    Ack,
}

/// <summary>
/// Why there is something to send, and what comes next: a question, which changes nothing of the connection. The order
/// of the cases is what goes first. <see cref="SegmentBuilder"/> carries the plan out.
/// </summary>
internal struct OutputPlan
{
    /// <summary>Plans what the connection sends next.</summary>
    // Filled in place: as values, plan and emission cost 15 % of the engine's segment rate.
    public OutputPlan(EngineState engine, Tcb tcb, MonotonicTime now) => Decide(engine, tcb, now);

    /// <summary>What goes out.</summary>
    public OutputKind Kind { get; private set; }

    /// <summary>The first sequence number, for data.</summary>
    public SeqNum From { get; private set; }

    /// <summary>Bytes of data; several segments where the link cuts them.</summary>
    public int Length { get; private set; }

    /// <summary>The segment carries our FIN.</summary>
    public bool Fin { get; private set; }

    /// <summary>The reason that the segment gives.</summary>
    public SegmentReason Reason { get; private set; }

    /// <summary>Why the segment that goes out, if any, has no new data.</summary>
    public SendLimit Limit { get; private set; }

    /// <summary>Lost data waits for the pacer.</summary>
    public bool IsRetransmissionPaced { get; private set; }

    /// <summary>Nothing is in flight and only the peer's window blocks: the persist timer has to run.</summary>
    public bool NeedsPersist { get; private set; }

    /// <summary>F-RTO waits for new data that cannot go out: it ends.</summary>
    public bool EndsFrto { get; private set; }

    /// <summary>
    /// Bytes of data that go out in one piece: one segment, or as many whole segments as fit into a frame where the
    /// link cuts them. The urgent pointer and CWR are for one segment alone, so they keep segments apart.
    /// </summary>
    public static int MaxPayload(EngineState engine, Tcb tcb)
    {
        if (!engine.Link.SegmentationOffload || tcb.Snd.Up is not null || tcb.Ecn.CwrDue)
            return tcb.Snd.Mss;
        var room = engine.Link.MaxFrame - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength
            - tcb.Ts.Overhead;
        return Math.Min(Math.Max(room - (room % tcb.Snd.Mss), tcb.Snd.Mss), tcb.Congestion.Pacer.Quantum);
    }

    /// <summary>What goes first.</summary>
    private void Decide(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized)
        {
            PlanHandshake(engine, tcb, now);
            return;
        }

        if (tcb.Loss.NeedsRetransmission)
            PlanRetransmission(engine, tcb, now);
        else
            PlanData(engine, tcb, now);
        if (Kind == OutputKind.Nothing)
            PlanWithoutData(tcb);
    }

    /// <summary>
    /// SYN, then ACK. In SYN-RECEIVED data goes out by Fast Open, and the FIN of a connection closed with nothing sent.
    /// </summary>
    private void PlanHandshake(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Pending.Syn)
        {
            Kind = OutputKind.Syn;
        }
        else if (tcb.Pending.Ack != SegmentReason.None)
        {
            (Kind, Reason) = (OutputKind.Ack, tcb.Pending.Ack);
        }
        else if (tcb.IsOpenEarly
            || (tcb is { State: TcpState.SynReceived, FinQueued: true } && tcb.SendQueue.Length == 0))
        {
            PlanData(engine, tcb, now);
        }
    }

    /// <summary>Lost data goes out before new data, as far as cwnd and the pacer allow.</summary>
    private void PlanRetransmission(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Loss.Flight is not { } flight)
            return;
        var max = MaxPayload(engine, tcb);
        if (!flight.Board.FindLost(max, out var from, out var end))
            return;
        var usable = LossRecovery.Usable(tcb);
        if (flight.IsForced)
            usable = Math.Max(usable, tcb.Snd.Mss);
        var octets = Math.Min(end - from, max);
        if (usable < Math.Min(octets, tcb.Snd.Mss))
            return;
        if (octets > usable)
            octets = (int)(usable - (usable % tcb.Snd.Mss));
        // The first retransmission of a recovery is never paced.
        if (!flight.IsForced && !tcb.Congestion.Pacer.MaySend(now))
            IsRetransmissionPaced = true;
        else
            PlanSentData(tcb, OutputKind.Retransmission, from, octets, flight.Reason);
    }

    private void PlanData(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        // First, so that a connection that sends no data has no congestion control.
        if (!tcb.HasUnsent)
        {
            PlanWithDataBlocked(engine, tcb, now, needsPersist: false);
            return;
        }

        var mtuProbe = PathMtuDiscovery.DueProbe(engine, tcb, now);
        if (mtuProbe > 0 && !PathMtuDiscovery.HasRoom(tcb, mtuProbe))
        {
            Limit = SendLimit.MtuProbe;
            return;
        }

        var decision = mtuProbe > 0
            ? new SendDecision(true, mtuProbe, false, false)
            : SendDecision.For(tcb, MaxPayload(engine, tcb));
        if (!decision.Send)
        {
            PlanWithDataBlocked(engine, tcb, now, decision.NeedsPersist);
            return;
        }

        if (decision.Length > 0 && !tcb.Pending.TailLossProbe && !tcb.Congestion.Pacer.MaySend(now))
        {
            Limit = SendLimit.Pacing;
            return;
        }

        (Kind, From, Length, Fin) = (OutputKind.Data, tcb.Snd.Nxt, decision.Length, decision.Fin);
        Reason = Fin ? SegmentReason.Close : mtuProbe > 0 ? SegmentReason.MtuProbe : SegmentReason.Data;
    }

    private void PlanWithDataBlocked(EngineState engine, Tcb tcb, MonotonicTime now, bool needsPersist)
    {
        EndsFrto = tcb.Loss.Flight is { Spurious.Frto: FrtoPhase.SendingNewData } flight
            && tcb.Snd.Nxt == flight.RecoveryPoint;
        if (EndsFrto)
            PlanRetransmission(engine, tcb, now);
        Limit = LimitOf(tcb);
        NeedsPersist = needsPersist;
    }

    private static SendLimit LimitOf(Tcb tcb)
    {
        if (!tcb.HasUnsent)
            return SendLimit.NoData;
        // A window that has no room for the next segment limits, though it is not full.
        var next = Math.Clamp(tcb.SendQueue.End - tcb.Snd.Nxt, 1, tcb.Snd.Mss);
        if (tcb.Snd.Edge - tcb.Snd.Nxt < next)
            return SendLimit.PeerWindow;
        return LossRecovery.Usable(tcb) < next ? SendLimit.CongestionWindow : SendLimit.SmallSegment;
    }

    /// <summary>The last segment is retransmitted as a probe; then probes of the peer, then a pure ACK.</summary>
    private void PlanWithoutData(Tcb tcb)
    {
        if (tcb.Pending.TailLossProbe
            && tcb.Loss.Flight?.Board.LastSegment(tcb.Snd.Mss, tcb.FinSent) is > 0 and var octets)
        {
            PlanSentData(tcb, OutputKind.TailLossProbe, tcb.Snd.Nxt - octets, octets, SegmentReason.TailLossProbe);
        }

        if (Kind != OutputKind.Nothing)
            return;
        if (tcb.Pending.ZeroWindowProbe)
            (Kind, Reason) = (OutputKind.ZeroWindowProbe, SegmentReason.ZeroWindowProbe);
        else if (tcb.Pending.KeepAlive)
            (Kind, Reason) = (OutputKind.KeepAlive, SegmentReason.KeepAlive);
        else if (tcb.Pending.Ack != SegmentReason.None)
            (Kind, Reason) = (OutputKind.Ack, tcb.Pending.Ack);
    }

    /// <summary>
    /// Bytes that were sent before, a FIN among them counted as one, as far as the peer's window reaches (SHLD-15,
    /// SHLD-16). Nothing when it reaches none of them.
    /// </summary>
    private void PlanSentData(Tcb tcb, OutputKind kind, SeqNum from, int octets, SegmentReason reason)
    {
        var sentData = SeqNum.Min(tcb.SendQueue.End, tcb.Snd.Nxt) - from;
        var length = Math.Clamp(Math.Min(Math.Min(octets, sentData), tcb.Snd.Edge - from), 0, octets);
        var fin = tcb.FinSent && from + length == tcb.SendQueue.End && length < octets;
        if (length > 0 || fin)
            (Kind, From, Length, Fin, Reason) = (kind, from, length, fin, reason);
    }
}

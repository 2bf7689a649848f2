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

/// <summary>Why data, new or lost, does not go out now.</summary>
internal enum OutputBlock : byte
{
    /// <summary>It does, or something else goes first.</summary>
    None,

    /// <summary>There is none.</summary>
    NoData,

    /// <summary>The peer's window is full.</summary>
    PeerWindow,

    /// <summary>The congestion window is full.</summary>
    CongestionWindow,

    /// <summary>Nagle's algorithm, or sender silly window avoidance, waits for a full segment.</summary>
    SmallSegment,

    /// <summary>The pacer waits.</summary>
    Pacing,

    /// <summary>An MTU probe waits for room in both windows.</summary>
    MtuProbe,
}

/// <summary>
/// Why there is something to send, and what comes next: a question, which changes nothing. The order of the cases in <see cref="Next"/> is
/// what goes first. <see cref="SegmentBuilder"/> carries the plan out.
/// </summary>
internal readonly record struct OutputPlan(OutputKind Kind)
{
    /// <summary>The first sequence number, for data.</summary>
    public SeqNum From { get; init; }

    /// <summary>Bytes of data; several segments where the link cuts them.</summary>
    public int Length { get; init; }

    /// <summary>The segment carries our FIN.</summary>
    public bool Fin { get; init; }

    /// <summary>The reason that the segment gives.</summary>
    public SegmentReason Reason { get; init; }

    /// <summary>Why no new data goes out, whatever else does.</summary>
    public OutputBlock DataBlock { get; init; }

    /// <summary>Lost data waits for the pacer.</summary>
    public bool IsRetransmissionPaced { get; init; }

    /// <summary>Nothing is in flight and only the peer's window blocks: the persist timer has to run.</summary>
    public bool NeedsPersist { get; init; }

    /// <summary>F-RTO waits for new data that cannot go out: it ends.</summary>
    public bool EndsFrto { get; init; }

    /// <summary>What the connection sends next.</summary>
    public static OutputPlan Next(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized)
            return NextInHandshake(engine, tcb, now);
        var plan = NextRetransmission(engine, tcb, now, tcb.Loss.NeedsRetransmission);
        if (plan.Kind == OutputKind.Nothing && !tcb.Loss.NeedsRetransmission)
            plan = NextData(engine, tcb, now);
        return plan.Kind != OutputKind.Nothing ? plan : WithoutData(tcb, plan);
    }

    /// <summary>
    /// Bytes of data that go out in one piece: one segment, or as many whole segments as fit into a frame where the link cuts them. The
    /// urgent pointer and CWR are for one segment alone, so they keep segments apart.
    /// </summary>
    public static int MaxPayload(EngineState engine, Tcb tcb)
    {
        if (!engine.Link.SegmentationOffload || tcb.Snd.Up is not null || tcb.Ecn.CwrDue)
            return tcb.Snd.Mss;
        var room = engine.Link.MaxFrame - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength - tcb.Ts.Overhead;
        return Math.Min(Math.Max(room - (room % tcb.Snd.Mss), tcb.Snd.Mss), tcb.Congestion.Pacer.Quantum);
    }

    /// <summary>SYN, then ACK. In SYN-RECEIVED data goes out by Fast Open, and the FIN of a connection closed with nothing sent.</summary>
    private static OutputPlan NextInHandshake(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.Pending.Syn)
            return new OutputPlan(OutputKind.Syn);
        if (tcb.Pending.Ack != SegmentReason.None)
            return new OutputPlan(OutputKind.Ack) { Reason = tcb.Pending.Ack };
        var maySendData = tcb.IsOpenEarly || (tcb is { State: TcpState.SynReceived, FinQueued: true } && tcb.SendQueue.Length == 0);
        return maySendData ? NextData(engine, tcb, now) : default;
    }

    /// <summary>Lost data goes out before new data, as far as cwnd and the pacer allow.</summary>
    private static OutputPlan NextRetransmission(EngineState engine, Tcb tcb, MonotonicTime now, bool isDue)
    {
        if (!isDue || tcb.Loss.Flight is not { } flight)
            return default;
        var max = MaxPayload(engine, tcb);
        if (!flight.Board.FindLost(max, out var from, out var end))
            return default;
        var usable = LossRecovery.Usable(tcb);
        if (flight.IsForced)
            usable = Math.Max(usable, tcb.Snd.Mss);
        var octets = Math.Min(end - from, max);
        if (usable < Math.Min(octets, tcb.Snd.Mss))
            return default;
        if (octets > usable)
            octets = (int)(usable - (usable % tcb.Snd.Mss));
        // The first retransmission of a recovery is never paced.
        if (!flight.IsForced && !tcb.Congestion.Pacer.MaySend(now))
            return new OutputPlan(OutputKind.Nothing) { IsRetransmissionPaced = true };
        return Again(tcb, OutputKind.Retransmission, from, octets, flight.Reason);
    }

    private static OutputPlan NextData(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        var mtuProbe = PathMtuDiscovery.DueProbe(engine, tcb, now);
        if (mtuProbe > 0 && !PathMtuDiscovery.HasRoom(tcb, mtuProbe))
            return new OutputPlan(OutputKind.Nothing) { DataBlock = OutputBlock.MtuProbe };
        var decision = mtuProbe > 0 ? new SendDecision(true, mtuProbe, false, false) : SendDecision.For(tcb, MaxPayload(engine, tcb));
        if (!decision.Send)
            return WithDataBlocked(engine, tcb, now, decision);
        if (decision.Length > 0 && !tcb.Pending.TailLossProbe && !tcb.Congestion.Pacer.MaySend(now))
            return new OutputPlan(OutputKind.Nothing) { DataBlock = OutputBlock.Pacing };
        return new OutputPlan(OutputKind.Data)
        {
            From = tcb.Snd.Nxt,
            Length = decision.Length,
            Fin = decision.Fin,
            Reason = decision.Fin ? SegmentReason.Close : mtuProbe > 0 ? SegmentReason.MtuProbe : SegmentReason.Data,
        };
    }

    private static OutputPlan WithDataBlocked(EngineState engine, Tcb tcb, MonotonicTime now, SendDecision decision)
    {
        var endsFrto = tcb.Loss.Flight is { Spurious.Frto: FrtoPhase.SendingNewData } flight && tcb.Snd.Nxt == flight.RecoveryPoint;
        var plan = endsFrto ? NextRetransmission(engine, tcb, now, isDue: true) : default;
        return plan with { DataBlock = BlockOf(tcb), NeedsPersist = decision.NeedsPersist, EndsFrto = endsFrto };
    }

    private static OutputBlock BlockOf(Tcb tcb)
    {
        if (!tcb.HasUnsent)
            return OutputBlock.NoData;
        if (tcb.Snd.Edge <= tcb.Snd.Nxt)
            return OutputBlock.PeerWindow;
        return LossRecovery.Usable(tcb) <= 0 ? OutputBlock.CongestionWindow : OutputBlock.SmallSegment;
    }

    /// <summary>The last segment is retransmitted as a probe; then probes of the peer, then a pure ACK.</summary>
    private static OutputPlan WithoutData(Tcb tcb, OutputPlan plan)
    {
        if (tcb.Pending.TailLossProbe)
        {
            var octets = tcb.Loss.Flight?.Board.LastSegment(tcb.Snd.Mss, tcb.FinSent) ?? 0;
            var probe = octets == 0
                ? default
                : Again(tcb, OutputKind.TailLossProbe, tcb.Snd.Nxt - octets, octets, SegmentReason.TailLossProbe);
            if (probe.Kind != OutputKind.Nothing)
                return plan with { Kind = probe.Kind, From = probe.From, Length = probe.Length, Fin = probe.Fin, Reason = probe.Reason };
        }

        if (tcb.Pending.ZeroWindowProbe)
            return plan with { Kind = OutputKind.ZeroWindowProbe, Reason = SegmentReason.ZeroWindowProbe };
        if (tcb.Pending.KeepAlive)
            return plan with { Kind = OutputKind.KeepAlive, Reason = SegmentReason.KeepAlive };
        return tcb.Pending.Ack == SegmentReason.None ? plan : plan with { Kind = OutputKind.Ack, Reason = tcb.Pending.Ack };
    }

    /// <summary>
    /// Bytes that were sent before, a FIN among them counted as one, as far as the peer's window reaches (SHLD-15, SHLD-16). Nothing when
    /// it reaches none of them.
    /// </summary>
    private static OutputPlan Again(Tcb tcb, OutputKind kind, SeqNum from, int octets, SegmentReason reason)
    {
        var sentData = SeqNum.Min(tcb.SendQueue.End, tcb.Snd.Nxt) - from;
        var length = Math.Clamp(Math.Min(Math.Min(octets, sentData), tcb.Snd.Edge - from), 0, octets);
        var fin = tcb.FinSent && from + length == tcb.SendQueue.End && length < octets;
        return length == 0 && !fin ? default : new OutputPlan(kind) { From = from, Length = length, Fin = fin, Reason = reason };
    }
}

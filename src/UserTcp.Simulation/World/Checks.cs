using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>
/// The invariants of an engine and its connections after every event, and of every frame that it sends.
/// </summary>
internal sealed class Checks(EngineStation station, EngineOptions options)
{
    private const int BlockSlack = 8;
    private const int MinFill = 1024;
    private const int BareReplySlack = 64;

    private readonly Dictionary<Tcb, Watch> _watches = [];
    private readonly List<Tcb> _gone = [];
    private long _replies;

    private string Name => station.Name;

    /// <summary>
    /// I9: a state changes along an edge of RFC 9293 figure 5, or along two for a segment with FIN. I10: challenge ACKs
    /// are rate-limited.
    /// </summary>
    public void OnSegment(in SegmentObservation seen)
    {
        var fin = (seen.Header.Flags & TcpFlags.Fin) != 0;
        var legal = seen.Before == TcpState.Listen || Transitions.IsLegal(seen.Before, seen.After)
            || (fin && IsTwoSteps(seen.Before, seen.After));
        Require(legal, "I9", $"{Name}: {seen.Before} to {seen.After} by [{seen.Header.Flags}]");
        if (!seen.Sent || seen.Reason != SegmentReason.ChallengeAck
            || station.Engine.State.Connections.Find(seen.Tuple) is not { } tcb)
        {
            return;
        }

        var watch = WatchOf(tcb);
        Require(
            watch.LastChallenge is not { } last || seen.Time - last >= options.ChallengeAckInterval, "I10",
            $"{Name}: two challenge ACKs within {options.ChallengeAckInterval.TotalMilliseconds} ms");
        watch.LastChallenge = seen.Time;
    }

    /// <summary>I3 and I4: a frame is valid, and keeps to the window of the peer.</summary>
    public void OnEmitted(ReadOnlySpan<byte> frame)
    {
        Require(
            IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error), "I4",
            $"{Name}: sends a frame that is not valid IP: {error}");
        if (packet.Protocol != IpProtocol.Tcp)
        {
            var isIcmp = packet.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
            Require(
                isIcmp && IcmpMessage.TryParse(packet.Payload, out var message)
                && message.HasValidChecksum(packet.Source, packet.Destination),
                "I4", $"{Name}: sends an invalid {packet.Protocol} packet");
            CountReply();
            return;
        }

        Require(
            TcpSegment.TryParse(packet.Payload, out var segment)
            && segment.HasValidChecksum(packet.Source, packet.Destination),
            "I4", $"{Name}: sends an invalid TCP segment");
        var tuple = new FourTuple(packet.Source, segment.SourcePort, packet.Destination, segment.DestinationPort);
        if (station.Engine.State.Connections.Find(tuple) is not { } tcb || segment.Has(TcpFlags.Rst))
        {
            CountReply();
            return;
        }

        var watch = WatchOf(tcb);
        Require(
            (segment.ParseOptions().Timestamps is not null) == tcb.Active.Ts.Ok, "I4",
            $"{Name}: a segment has timestamps without their negotiation, or lacks them");
        CheckAcknowledgment(tcb, watch, segment);
        if (!segment.Has(TcpFlags.Syn))
            CheckData(tcb, watch, segment);
    }

    public void AfterEvent()
    {
        EngineState core = station.Engine.State;
        var halfOpen = core.HalfOpen.Count;
        var blocks = (long)BlockSlack;
        foreach (var tcb in core.Connections.All())
        {
            Require(
                tcb.IsLive && core.Connections.Find(tcb.Tuple) == tcb, "I12",
                $"{Name}: {tcb.Tuple} is not where it can be found");
            if (tcb is { IsSynchronized: true, Owner: FlowEnd end })
                end.IsEstablished = true;
            CheckSequence(tcb, WatchOf(tcb));
            CheckQueues(tcb);
            CheckTimers(tcb);
            halfOpen += tcb is { State: TcpState.SynReceived, Active.Listener: not null, IsOpenEarly: false } ? 1 : 0;
            blocks += BlocksFor(tcb);
        }

        Require(
            core.Listeners.All.Sum(listener => listener.HalfOpen) == halfOpen, "I12",
            $"{Name}: {halfOpen} half-open connections, counted otherwise");
        Require(
            station.Pool.Rented <= blocks + UnreadBlocks(), "I13",
            $"{Name}: {station.Pool.Rented} blocks for {blocks} blocks of data");
        CheckMemory(core);
        CheckTimeWait(core);
        Forget();
    }

    private static bool IsTwoSteps(TcpState from, TcpState to) =>
        Enum.GetValues<TcpState>().Any(middle => Transitions.IsLegal(from, middle) && Transitions.IsLegal(middle, to));

    /// <summary>True when edges lead from one state to the other within the lifetime of one connection.</summary>
    private static bool IsReachable(TcpState from, TcpState to) =>
        from == to || Enum.GetValues<TcpState>().Any(
            next => next != from && next != TcpState.Closed && Transitions.IsLegal(from, next) &&
                (next == to || (next is not (TcpState.TimeWait or TcpState.SynReceived) && IsReachable(next, to))));

    private static void CheckSent(string name, Tcb tcb, Watch watch)
    {
        ref var snd = ref tcb.Active.Snd;
        Require(snd.Una >= watch.Una && snd.Nxt >= watch.Nxt, "I3", $"{name}: SND.UNA or SND.NXT went back");
        Require(snd.Una <= snd.Nxt, "I3", $"{name}: SND.UNA is beyond SND.NXT");
        Require(
            snd.Nxt <= SeqNum.Max(watch.SendEdge, snd.Iss + 1), "I3",
            $"{name}: SND.NXT is {snd.Nxt - watch.SendEdge} beyond every window of the peer");
        (watch.Una, watch.Nxt) = (snd.Una, snd.Nxt);
    }

    private void CheckAcknowledgment(Tcb tcb, Watch watch, in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Ack))
            return;
        Require(
            watch.Acked is not { } acked || segment.Ack >= acked, "I3",
            $"{Name}: an ACK went back by {watch.Acked.GetValueOrDefault() - segment.Ack}");
        watch.Acked = segment.Ack;
        // The window of a SYN is not scaled, so it can be smaller than that of an earlier ACK (RFC 7323 section 2.2).
        if (segment.Has(TcpFlags.Syn))
            return;
        var edge = segment.Ack + tcb.Active.Rcv.Scale.ToOctets(segment.Window);
        // RFC 7323 section 2.4: a scaled window is exact only to the unit of the scale. The engine accepts data up to
        // the exact edge.
        var unit = 1 << tcb.Active.Rcv.Scale.Shift;
        Require(
            watch.OfferedEdge is not { } offered || edge - offered > -unit, "I3",
            $"{Name}: the window's right edge went back by {watch.OfferedEdge.GetValueOrDefault() - edge}");
        watch.OfferedEdge = watch.OfferedEdge is { } before ? SeqNum.Max(before, edge) : edge;
    }

    private void CheckData(Tcb tcb, Watch watch, in TcpSegment segment)
    {
        watch.SendEdge = SeqNum.Max(watch.SendEdge, tcb.Active.Snd.Edge);
        var length = segment.Length;
        if (length == 0)
            return;
        var isMtuProbe = tcb.PathMtu is { ProbeSize: > 0 } search && search.ProbeFrom == segment.Seq
            && search.ProbeSize == segment.Payload.Length;
        if (isMtuProbe)
            station.World.Tally.Add(Happening.PathMtuProbe);
        Require(
            segment.Payload.Length <= tcb.Active.Snd.Mss || isMtuProbe, "I4",
            $"{Name}: {segment.Payload.Length} bytes in a segment, MSS {tcb.Active.Snd.Mss}");
        Require(segment.Seq >= tcb.Active.Snd.Una, "I4", $"{Name}: retransmits acknowledged data");
        Require(
            segment.Seq + length <= watch.SendEdge, "I4",
            $"{Name}: sends {segment.Seq + length - watch.SendEdge} bytes beyond the peer's window");
        // FIN does not wait for the congestion window.
        var isNew = !segment.Payload.IsEmpty && segment.Seq + segment.Payload.Length > watch.Nxt;
        var pipe = tcb.Active.Loss.Pipe;
        // A tail loss probe does not wait for it either. It is one segment.
        var isTailLossProbe = tcb.Active.Loss.Flight is { TailLossProbe: { IsInFlight: true } probe }
            && probe.End == segment.Seq + length;
        var allowed = isTailLossProbe ? pipe : pipe + LossRecovery.Usable(tcb) + 1;
        Require(
            !isNew || pipe <= Math.Max(allowed, tcb.Active.Snd.Mss), "I7",
            $"{Name}: {pipe} bytes in flight, {allowed} allowed");
    }

    /// <summary>
    /// I19: the counters of the scoreboard match its ranges, and its ranges cover all data in flight.
    /// </summary>
    private void CheckScoreboard(Tcb tcb)
    {
        if (tcb.Active.Loss.Flight is not { Board: var board })
            return;
        var (at, sacked, lost, retransmitted) = (board.Start, 0, 0, 0);
        foreach (var range in board.Ranges)
        {
            var length = range.End - at;
            Require(length > 0, "I19", $"{Name}: a range of {length} bytes");
            Require(
                !range.Has(RangeFlags.Sacked) || !range.Has(RangeFlags.Lost | RangeFlags.Retransmitted), "I19",
                $"{Name}: a range is {range.Flags}");
            sacked += range.Has(RangeFlags.Sacked) ? length : 0;
            lost += range.Has(RangeFlags.Lost) ? length : 0;
            retransmitted += range.Has(RangeFlags.Retransmitted) ? length : 0;
            at = range.End;
        }

        Require(
            board.Start == tcb.Active.Snd.Una && at == tcb.Active.Snd.Nxt, "I19",
            $"{Name}: the scoreboard has {board.Start} to {at} of {tcb.Active.Snd.Una} to {tcb.Active.Snd.Nxt}");
        Require(
            (sacked, lost, retransmitted) == (board.Sacked, board.Lost, board.Retransmitted), "I19",
            $"{Name}: {(sacked, lost, retransmitted)} bytes are SACKed, lost and retransmitted, but "
            + $"{(board.Sacked, board.Lost, board.Retransmitted)} are counted");
    }

    private void CheckSequence(Tcb tcb, Watch watch)
    {
        watch.SendEdge = SeqNum.Max(watch.SendEdge, tcb.Active.Snd.Edge);
        // If the peer does not accept the data of a SYN, SND.NXT goes back (RFC 7413 section 4.2.2).
        if (tcb.State != TcpState.SynSent)
            CheckSent(Name, tcb, watch);
        Require(
            watch.State == tcb.State || IsReachable(watch.State, tcb.State), "I9",
            $"{Name}: from {watch.State} to {tcb.State}");
        watch.State = tcb.State;
        if (tcb.State == TcpState.SynSent)
            return;
        ref var rcv = ref tcb.Active.Rcv;
        Require(
            !watch.HasReceived || (rcv.Nxt >= watch.RcvNxt && rcv.Edge >= watch.RcvEdge), "I3",
            $"{Name}: RCV.NXT or the window's edge went back");
        (watch.HasReceived, watch.RcvNxt, watch.RcvEdge) = (true, rcv.Nxt, rcv.Edge);
        if (!tcb.IsSynchronized)
            return;
        CheckScoreboard(tcb);
        var rto = tcb.Active.Rtt.Rto(options);
        Require(
            tcb.Congestion.Window >= tcb.Active.Snd.Mss, "I7",
            $"{Name}: cwnd {tcb.Congestion.Window} is less than a segment of {tcb.Active.Snd.Mss}");
        Require(rto >= options.MinRto && rto <= options.MaxRto, "I7", $"{Name}: RTO {rto}");
    }

    private void CheckQueues(Tcb tcb)
    {
        ref var queue = ref tcb.Active.SendQueue;
        var synOpen = tcb.Active.Snd.Una == tcb.Active.Snd.Iss && queue.Start == tcb.Active.Snd.Iss + 1;
        Require(
            queue.Start == tcb.Active.Snd.Una || synOpen || tcb.IsFinAcknowledged, "I5",
            $"{Name}: the send queue does not start at SND.UNA");
        Require(
            tcb.Active.Snd.Nxt - queue.End <= (tcb.FinSent ? 1 : 0), "I5",
            $"{Name}: data in flight is not in the send queue");
        if (tcb.Owner is FlowEnd end)
        {
            Require(
                queue.Length == end.Written - tcb.Active.DataAcknowledged, "I5",
                $"{Name}: {queue.Length} bytes queued of {end.Written} written, "
                + $"{tcb.Active.DataAcknowledged} acknowledged");
        }

        if (tcb.Active.OutOfOrder is not { } outOfOrder)
            return;
        var before = tcb.Active.Rcv.Nxt;
        for (var i = 0; i < outOfOrder.RangeCount; i++)
        {
            var (start, end2) = outOfOrder[i];
            Require(
                start > before && end2 > start && end2 <= tcb.Active.Rcv.Edge, "I6",
                $"{Name}: the ranges of the reassembly queue overlap, are not sorted, or lie outside the window");
            before = end2;
        }

        Require(
            outOfOrder.RangeCount <= options.MaxOutOfOrderRanges, "I6",
            $"{Name}: {outOfOrder.RangeCount} ranges out of order");
    }

    /// <summary>I8: a connection that waits for its peer has a timer running.</summary>
    private void CheckTimers(Tcb tcb)
    {
        var hasRetransmissionTimer = tcb.Active.Timers.IsRunning(TcbTimer.Retransmission)
            || tcb.Active.Timers.IsRunning(TcbTimer.Persist);
        Require(
            tcb.Active.Snd.FlightSize == 0 || hasRetransmissionTimer, "I8",
            $"{Name}: {tcb.Active.Snd.FlightSize} bytes in flight in {tcb.State}, without a timer");
        var waits = tcb.IsSynchronized && !tcb.FinSent
            && (tcb.Active.SendQueue.End > tcb.Active.Snd.Nxt || tcb.FinQueued);
        Require(
            !waits || hasRetransmissionTimer || tcb.Active.Timers.IsRunning(TcbTimer.Pacing), "I8",
            $"{Name}: data to send in {tcb.State} without a timer");
        var earliest = tcb.Active.Timers.Earliest;
        Require(
            earliest == MonotonicTime.Never || station.Engine.NextDeadline <= earliest, "I8",
            $"{Name}: the deadline of the engine is later than a timer");
    }

    /// <summary>
    /// I13: a connection holds at most one block per KiB of data, so that small segments do not pin large blocks.
    /// </summary>
    private static long BlocksFor(Tcb tcb) =>
        (tcb.Active.SendQueue.Length / MinFill) + (tcb.Active.ReceiveQueue.Length / MinFill)
        + (tcb.Active.OutOfOrder?.BlockCount ?? 0) + BlockSlack;

    /// <summary>Blocks of closed connections whose application has not read all data.</summary>
    private long UnreadBlocks() =>
        station.World.Flows.Sum(flow =>
            (station.Index == 0 ? flow.Client : flow.Server) is { Connection: { IsLive: false } tcb }
            && tcb.Active.ReceiveQueue.Length > 0
                ? (tcb.Active.ReceiveQueue.Length / MinFill) + BlockSlack
                : 0);

    /// <summary>
    /// I13: the memory held is the sum of the connections, and it keeps to the limit. The reserve comes on top of the
    /// limit, and so do the few segments that each connection can queue or receive at the limit.
    /// </summary>
    private void CheckMemory(EngineState core)
    {
        var counted = core.Connections.All().Sum(tcb => tcb.Active.CountedMemory);
        Require(
            core.Memory.Held == counted, "I13",
            $"{Name}: {core.Memory.Held} bytes are held, but {counted} are counted for connections");
        var each = BlockPool.LargeSize + (2 * MemoryThresholds.MinSendBuffer);
        var max = core.Memory.Limit + MemoryThresholds.ReserveOf(core.Memory.Limit)
            + ((long)each * (1 + core.Connections.Count));
        Require(
            core.Memory.Held <= max, "I13",
            $"{Name}: {core.Memory.Held} bytes are held with a limit of {core.Memory.Limit} for "
            + $"{core.Connections.Count} connections");
    }

    /// <summary>I18: a connection stays in TIME-WAIT for at most 2 MSL.</summary>
    private void CheckTimeWait(EngineState core)
    {
        foreach (var index in core.TimeWait.Indices())
        {
            var left = core.TimeWait.Left(index, station.World.Now);
            Require(
                left <= (2 * options.MaxSegmentLifetime) + TimeSpan.FromMilliseconds(2), "I18",
                $"{Name}: {left} of TIME-WAIT left");
            var tuple = core.TimeWait.TupleAt(index);
            var live = core.Connections.Find(tuple);
            Require(
                (live is null && core.HalfOpen.Find(tuple) < 0)
                || (core.TimeWait.At(index).IsReopened && (live is null || live.State == TcpState.SynReceived)),
                "I12", $"{Name}: {tuple} is in TIME-WAIT and {live?.State}");
        }
    }

    /// <summary>I10: a segment without a connection is a reply, or the end of a connection.</summary>
    private void CountReply()
    {
        var counters = station.Engine.Counters;
        _replies++;
        var causes = counters[Counter.FramesReceived] + counters[Counter.ActiveOpens] + counters[Counter.PassiveOpens];
        Require(_replies <= causes + BareReplySlack, "I10", $"{Name}: {_replies} replies to {causes} causes");
    }

    private Watch WatchOf(Tcb tcb)
    {
        if (!_watches.TryGetValue(tcb, out var watch))
        {
            _watches[tcb] = watch = new Watch
            {
                State = tcb.State,
                Una = tcb.Active.Snd.Iss,
                Nxt = tcb.Active.Snd.Iss,
                SendEdge = tcb.Active.Snd.Iss + 1,
            };
        }

        return watch;
    }

    private void Forget()
    {
        if (_watches.Count <= station.Engine.ConnectionCount)
            return;
        _gone.AddRange(_watches.Keys.Where(tcb => !tcb.IsLive));
        _gone.ForEach(tcb => _watches.Remove(tcb));
        _gone.Clear();
    }

    /// <summary>The state of a connection at the last check.</summary>
    private sealed class Watch
    {
        public TcpState State;
        public SeqNum Una;
        public SeqNum Nxt;
        public SeqNum SendEdge;
        public SeqNum? Acked;
        public SeqNum? OfferedEdge;
        public bool HasReceived;
        public SeqNum RcvNxt;
        public SeqNum RcvEdge;
        public MonotonicTime? LastChallenge;
    }
}

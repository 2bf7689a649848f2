using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// Builds a connection's segments: carries out an <see cref="OutputPlan"/>, which changes the state, and writes the
/// headers. Segments that belong to no connection, and the last one of a connection, are replies and do not come from
/// here.
/// </summary>
internal sealed class SegmentBuilder(EngineState engine, SegmentWriter writer)
{
    private const int TcpOptionRoom = TcpHeader.MaxLength - TcpHeader.MinLength;

    // With a cookie of this length beside the user timeout option a SYN's options are full.
    private const int MaxCookieBesideTimeout = 8;

    private static readonly TimeSpan MinOverride = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxOverride = TimeSpan.FromSeconds(1);

    /// <summary>Builds the connection's next segment. False when there is no reason to send one.</summary>
    public bool TryBuild(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        if (!tcb.Loss.NeedsRetransmission)
            Prepare(tcb, now);
        var plan = new OutputPlan(engine, tcb, now);
        Wait(tcb, plan, now);
        switch (plan.Kind)
        {
            case OutputKind.Syn:
                BuildSyn(tcb, headers, now, out emission);
                return true;
            case OutputKind.Retransmission:
                BuildData(tcb, headers, plan, now, isRetransmission: true, out emission);
                return true;
            case OutputKind.Data:
                BuildNewData(tcb, headers, plan, now, out emission);
                return true;
            case OutputKind.TailLossProbe:
                BuildData(tcb, headers, plan, now, isRetransmission: true, out emission);
                LossRecovery.OnTailLossProbeSent(engine, tcb, isRetransmission: true, now);
                return true;
            case OutputKind.ZeroWindowProbe:
                tcb.Pending.ZeroWindowProbe = false;
                BuildProbe(
                    tcb, headers, tcb.Snd.Una - 1, plan.Reason, Counter.ZeroWindowProbes, now, out emission);
                return true;
            case OutputKind.KeepAlive:
                tcb.Pending.KeepAlive = false;
                BuildProbe(tcb, headers, tcb.Snd.Nxt - 1, plan.Reason, Counter.KeepAlives, now, out emission);
                return true;
            case OutputKind.Ack:
                BuildAck(tcb, headers, plan.Reason, now, out emission);
                return true;
            default:
                emission = default;
                return false;
        }
    }

    /// <summary>
    /// Applies what passing time changes: cwnd after an idle RTO (RFC 5681 section 4.1), and the search for the path
    /// MTU.
    /// </summary>
    private void Prepare(Tcb tcb, MonotonicTime now)
    {
        if (tcb.Snd.FlightSize == 0 && tcb.LastDataSent != MonotonicTime.Zero
            && now - tcb.LastDataSent > tcb.Rtt.Rto(engine.Options))
        {
            tcb.Congestion.OnIdle(now);
        }

        PathMtuDiscovery.UpdateSearch(engine, tcb, now);
    }

    /// <summary>Records why data has to wait, and starts the timer that ends the wait.</summary>
    private void Wait(Tcb tcb, in OutputPlan plan, MonotonicTime now)
    {
        if (plan.EndsFrto)
            LossRecovery.AbandonFrto(tcb);
        if (plan.IsRetransmissionPaced || plan.Limit == SendLimit.Pacing)
            tcb.Timers.Set(TcbTimer.Pacing, tcb.Congestion.Pacer.NextSend());
        var isData = plan.Kind is OutputKind.Retransmission or OutputKind.Data or OutputKind.TailLossProbe;
        if (!isData && tcb.IsSynchronized)
            tcb.Pending.TailLossProbe = false;
        tcb.Limit.Change(plan.Limit, now);
        if (plan.Limit is SendLimit.None or SendLimit.MtuProbe)
            return;
        tcb.Burst = 0;
        if (plan.Limit == SendLimit.Pacing)
            return;
        if (tcb.FinSent || tcb.SendQueue.End - tcb.Snd.Nxt < tcb.Snd.Mss)
            LossRecovery.OnApplicationLimited(tcb);
        if (!plan.NeedsPersist || tcb.Pending.ZeroWindowProbe || tcb.Timers.IsRunning(TcbTimer.Persist))
            return;
        if (tcb.Loss.OnWaiting(now))
            MinProgress.Begin(engine, tcb, now);
        tcb.Timers.Set(TcbTimer.Persist, now + PersistDelay(tcb));
    }

    private void BuildSyn(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        tcb.Pending.Syn = false;
        var isFirst = tcb.Snd.Nxt == tcb.Snd.Iss;
        var length = 0;
        var answers = tcb.State == TcpState.SynReceived;
        var reason = answers ? SegmentReason.AnswerSyn : SegmentReason.ActiveOpen;
        FastOpenCookie fastOpen = default;
        if (answers)
            fastOpen = tcb.FastOpen?.Answer ?? default;
        else if (isFirst)
            fastOpen = FastOpenConnect.Prepare(engine, tcb, now, out length);
        if (isFirst)
        {
            tcb.Snd.Nxt = tcb.Snd.Iss + 1 + length;
            tcb.Loss.OnWaiting(now);
        }
        else
        {
            tcb.IsSynAmbiguous = true;
            reason = tcb.Loss.Timeouts > 0 ? SegmentReason.RetransmissionTimeout : reason;
        }

        StartRetransmissionTimer(tcb, now);
        var flags = (answers ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn) | tcb.Ecn.SendSyn(answers, isFirst);
        var header = Header(tcb, tcb.Snd.Iss, flags) with
        {
            Ack = answers ? tcb.Rcv.Nxt : default,
            Window = WindowAdvertisement.AdvertiseInSyn(ref tcb.Rcv),
        };
        var options = new TcpOptions
        {
            Mss = (ushort)engine.MssOfLink(tcb.Tuple.LocalAddress),
            WindowScale = tcb.OffersWindowScale ? tcb.Rcv.Scale : null,
            SackPermitted = tcb.SackOk,
            Timestamps = tcb.Ts.Stamp(answers, now),
            FastOpen = fastOpen,
            UserTimeout = tcb.Options.AdvertisedUserTimeout is { } timeout && fastOpen.Length <= MaxCookieBesideTimeout
                ? UserTimeoutOption.Encode(timeout) : null,
        };
        if (answers)
            tcb.Rcv.AckSent = tcb.Rcv.Nxt;
        var isRetransmission = tcb.HandshakeRetransmitted || tcb.EarlySyn == EarlySyn.Sent;
        Finish(
            tcb, headers, header, options, tcb.SendQueue.Slice(tcb.Snd.Iss + 1, length), reason, now,
            isRetransmission, out emission);
    }

    private void BuildNewData(
        Tcb tcb, Span<byte> headers, scoped in OutputPlan plan, MonotonicTime now, out Emission emission)
    {
        if (tcb.Snd.FlightSize == 0)
            tcb.Congestion.OnSendingFromIdle(now);
        tcb.Pending.Override = false;
        tcb.Timers.Stop(TcbTimer.Persist);
        var isTailLossProbe = tcb.Pending.TailLossProbe;
        if (tcb.Loss.OnWaiting(now))
            MinProgress.Begin(engine, tcb, now);
        tcb.FinSent |= plan.Fin;
        // Request/response traffic: leave quick-ACK mode so that the next ACK rides on the reply.
        if (now - tcb.Rcv.LastData < engine.Options.DelayedAckTimeout)
            tcb.Rcv.QuickAcks = 0;
        engine.Counters.Add(Counter.DataSent, plan.Length);
        if (plan.Reason == SegmentReason.MtuProbe)
            tcb.PathMtu!.OnProbeSent(plan.From, plan.Length);
        var octets = plan.Length + (plan.Fin ? 1 : 0);
        LossRecovery.OnSent(engine, tcb, plan.From, octets, isRetransmission: false, now);
        tcb.Snd.Nxt = plan.From + octets;
        if (plan.Length % tcb.Snd.Mss != 0)
            tcb.Snd.OnSmallSent();
        tcb.WindowUsage.OnSent(tcb.Snd.Una, tcb.Snd.Nxt);
        BuildData(tcb, headers, plan, now, isRetransmission: false, out emission);
        if (isTailLossProbe)
            LossRecovery.OnTailLossProbeSent(engine, tcb, isRetransmission: false, now);
        else
            LossRecovery.ScheduleTailLossProbe(engine, tcb, now);
    }

    private void BuildData(
        Tcb tcb, Span<byte> headers, scoped in OutputPlan plan, MonotonicTime now, bool isRetransmission,
        out Emission emission)
    {
        var (from, length) = (plan.From, plan.Length);
        if (isRetransmission)
        {
            tcb.Retransmissions++;
            LossRecovery.OnSent(engine, tcb, from, length + (plan.Fin ? 1 : 0), isRetransmission: true, now);
        }

        tcb.LastDataSent = now;
        tcb.Congestion.Pacer.OnSent(length, now);
        StartRetransmissionTimer(tcb, now);
        var owed = tcb.Pending.Ack;
        var flags = TcpFlags.Ack | (plan.Fin ? TcpFlags.Fin : 0);
        // MUST-61: the last data in the queue carries PSH.
        if (length > 0 && (from + length == tcb.SendQueue.End || (!isRetransmission && CountInBurst(tcb, now))))
            flags |= TcpFlags.Psh;
        if (length > 0 && !isRetransmission)
            flags |= tcb.Ecn.SendCwr();
        var header = Acknowledge(tcb, from, flags);
        var options = BuildOptions(tcb, now, length);
        // Data goes before SACK blocks: where none fits, a pure ACK with them follows.
        if (tcb.SackGenerator is not null && options.Sack.Count == 0)
            tcb.Pending.Ack = owed;
        Finish(
            tcb, headers, header, options, tcb.SendQueue.Slice(from, length), plan.Reason, now,
            isRetransmission, out emission);
    }

    /// <summary>
    /// Counts a segment of new data in its burst. True for the last of several segments that go out now: it carries PSH
    /// as well, as in Linux, so that a receiver that coalesces segments need not wait. The RFC leaves it to the sender
    /// (section 3.9.1.2).
    /// </summary>
    private bool CountInBurst(Tcb tcb, MonotonicTime now)
    {
        tcb.Burst++;
        return tcb.Burst > 1
            && !(tcb.Congestion.Pacer.MaySend(now) && SendDecision.For(tcb, OutputPlan.MaxPayload(engine, tcb)).Send);
    }

    /// <summary>
    /// A segment without data that the peer cannot accept and must answer: a zero-window probe at SND.UNA - 1
    /// (docs/decisions/0005), a keep-alive at SND.NXT - 1 (section 3.8.4, SHLD-12).
    /// </summary>
    private void BuildProbe(
        Tcb tcb, Span<byte> headers, SeqNum seq, SegmentReason reason, Counter counter, MonotonicTime now,
        out Emission emission)
    {
        engine.Counters.Add(counter);
        var header = Acknowledge(tcb, seq, TcpFlags.Ack);
        Finish(
            tcb, headers, header, BuildOptions(tcb, now), default, reason, now, isRetransmission: false, out emission);
    }

    private void BuildAck(Tcb tcb, Span<byte> headers, SegmentReason reason, MonotonicTime now, out Emission emission)
    {
        var header = Acknowledge(tcb, tcb.AcceptableSeq, TcpFlags.Ack);
        var options = tcb.UserTimeoutDue ? BuildUserTimeoutOptions(tcb, now) : BuildOptions(tcb, now);
        Finish(tcb, headers, header, options, default, reason, now, isRetransmission: false, out emission);
    }

    /// <summary>Timestamps and the user timeout option, which is no longer due.</summary>
    private static TcpOptions BuildUserTimeoutOptions(Tcb tcb, MonotonicTime now)
    {
        tcb.UserTimeoutDue = false;
        return new TcpOptions
        {
            Timestamps = tcb.Ts.Stamp(acknowledges: true, now),
            UserTimeout = tcb.Options.AdvertisedUserTimeout is { } timeout ? UserTimeoutOption.Encode(timeout) : null,
        };
    }

    /// <summary>
    /// The options of every segment after the SYN: timestamps (RFC 7323 section 3.2), and as many SACK blocks as fit
    /// beside the data (RFC 2018 section 4: on all ACKs while out-of-order data is queued).
    /// </summary>
    private static TcpOptions BuildOptions(Tcb tcb, MonotonicTime now, int payloadLength = 0)
    {
        var timestamps = tcb.Ts.Stamp(acknowledges: true, now);
        return tcb.SackGenerator is null
            ? new TcpOptions { Timestamps = timestamps }
            : new TcpOptions { Timestamps = timestamps, Sack = ReportSack(tcb, payloadLength) };
    }

    /// <summary>
    /// Reports as many blocks as the header and the path MTU have room for: on the smallest links an ACK cannot carry
    /// all. Another ACK follows while a D-SACK block is left.
    /// </summary>
    private static SackBlocks ReportSack(Tcb tcb, int payloadLength)
    {
        var max = SackGenerator.MaxThatFit(Math.Min(tcb.Snd.Mss - payloadLength, TcpOptionRoom - tcb.Ts.Overhead));
        var blocks = tcb.SackGenerator!.MakeBlocks(tcb.OutOfOrder, max);
        if (tcb.SackGenerator.HasDuplicate && (max > 0 || payloadLength > 0))
            tcb.Pending.Ack = SegmentReason.AcknowledgeDuplicate;
        else if (tcb.OutOfOrder is null or { IsEmpty: true })
            tcb.SackGenerator = null;
        return blocks;
    }

    private static TcpHeader Header(Tcb tcb, SeqNum seq, TcpFlags flags) =>
        new(tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, seq, default, flags, 0);

    /// <summary>
    /// Acknowledges all received data: no ACK is pending then (MUST-58). Returns the header. Before SND.UP it carries
    /// the urgent pointer, as far as the field reaches (MUST-31, MUST-62).
    /// </summary>
    private TcpHeader Acknowledge(Tcb tcb, SeqNum seq, TcpFlags flags)
    {
        if (tcb.Rcv.QuickAcks > 0 && tcb.Rcv.AckSent != tcb.Rcv.Nxt)
            tcb.Rcv.QuickAcks--;
        tcb.Pending.Ack = SegmentReason.None;
        tcb.Timers.Stop(TcbTimer.DelayedAck);
        tcb.Rcv.AckSent = tcb.Rcv.Nxt;
        if (tcb.Ecn.IsEchoing)
            flags |= TcpFlags.Ece;
        var window = WindowAdvertisement.Advertise(
            ref tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress), engine.WindowCeiling(tcb));
        var header = Header(tcb, seq, flags) with { Ack = tcb.Rcv.Nxt, Window = window };
        return tcb.Snd.Up is { } up && seq < up
            ? header with { Flags = flags | TcpFlags.Urg, UrgentPointer = (ushort)Math.Min(up - seq, ushort.MaxValue) }
            : header;
    }

    private void Finish(
        Tcb tcb, Span<byte> headers, scoped in TcpHeader header, scoped in TcpOptions options, DataSlice payload,
        SegmentReason reason, MonotonicTime now, bool isRetransmission, out Emission emission)
    {
        var isCut = payload.Length > tcb.Snd.Mss && (header.Flags & TcpFlags.Syn) == 0
            && reason != SegmentReason.MtuProbe;
        var segmentSize = isCut ? tcb.Snd.Mss : 0;
        var segments = segmentSize == 0 ? 1 : (payload.Length + segmentSize - 1) / segmentSize;
        engine.Counters.Add(isRetransmission ? Counter.SegmentsRetransmitted : Counter.SegmentsSent, segments);
        if (engine.Trace.TakesEvent())
        {
            engine.Trace.OnSegment(
                tcb, Observations.Sent(tcb, header, options, payload.Length, segmentSize, reason, now));
        }

        var ecn = EcnFieldOf(tcb, payload.Length, isRetransmission);
        var length = writer.Write(headers, tcb.Tuple, header, options, payload, tcb.Options, ecn);
        emission = new Emission(headers[..length], payload, segmentSize) { IsLooped = tcb.IsLooped };
    }

    /// <summary>
    /// The ECN field of the IP header: ECT(0) for new data (RFC 3168 sections 6.1.4 and 6.1.5). CE on a pure ACK is not
    /// echoed, and on a retransmission an attacker could forge it.
    /// </summary>
    private static byte EcnFieldOf(Tcb tcb, int payloadLength, bool isRetransmission) =>
        tcb.Ecn.Ok && payloadLength > 0 && !isRetransmission && tcb.IsSynchronized
            ? EcnState.CapableTransport
            : (byte)0;

    /// <summary>RFC 6298 section 5.1: starts the timer unless it runs.</summary>
    private void StartRetransmissionTimer(Tcb tcb, MonotonicTime now)
    {
        if (!tcb.Timers.IsRunning(TcbTimer.Retransmission))
            tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }

    /// <summary>
    /// A zero window is probed after an RTO (SHLD-29); a small one is used after 0.1 s to 1 s (section 3.8.6.2.1).
    /// </summary>
    private TimeSpan PersistDelay(Tcb tcb)
    {
        var rto = tcb.Rtt.Rto(engine.Options).Ticks;
        return TimeSpan.FromTicks(
            tcb.Snd.Edge > tcb.Snd.Nxt ? Math.Clamp(rto, MinOverride.Ticks, MaxOverride.Ticks) : rto);
    }
}

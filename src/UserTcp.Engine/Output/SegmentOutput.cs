using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// The only place that builds a connection's segments: asks whether there is a reason to send, and what. Input has only changed
/// the TCB (docs/architecture.md, rule 1).
/// </summary>
internal sealed class SegmentOutput(EngineState engine, SegmentWriter writer)
{
    private const int TcpOptionRoom = TcpHeader.MaxLength - TcpHeader.MinLength;

    private static readonly TimeSpan MinOverride = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxOverride = TimeSpan.FromSeconds(1);

    // With it a SYN has all the options that it can have.
    private const int MaxCookieBesideTimeout = 8;


    /// <summary>Builds the connection's next segment; false when there is no reason to send one.</summary>
    public bool TryBuild(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        if (!tcb.IsSynchronized)
            return TryBuildHandshake(tcb, headers, now, out emission) || (MaySendEarly(tcb) && TryBuildData(tcb, headers, now, out emission));
        if (TryBuildRetransmission(tcb, headers, now, out emission) || TryBuildData(tcb, headers, now, out emission) ||
            TryBuildTailLossProbe(tcb, headers, now, out emission))
        {
            return true;
        }

        if (tcb.Pending.ZeroWindowProbe)
        {
            emission = BuildZeroWindowProbe(tcb, headers, now);
            return true;
        }

        if (tcb.Pending.KeepAlive)
        {
            emission = BuildKeepAlive(tcb, headers, now);
            return true;
        }

        return TryBuildAck(tcb, headers, now, out emission);
    }

    /// <summary>In SYN-RECEIVED: data by Fast Open, or the FIN of a connection whose application has closed it with nothing sent.</summary>
    private static bool MaySendEarly(Tcb tcb) => tcb.IsOpenEarly || (tcb is { State: TcpState.SynReceived, FinQueued: true } && tcb.SendQueue.Length == 0);

    private bool TryBuildHandshake(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        if (!tcb.Pending.Syn)
            return TryBuildAck(tcb, headers, now, out emission);
        tcb.Pending.Syn = false;
        var isFirst = tcb.Snd.Nxt == tcb.Snd.Iss;
        var length = 0;
        var answers = tcb.State == TcpState.SynReceived;
        var reason = answers ? SegmentReason.AnswerSyn : SegmentReason.ActiveOpen;
        var fastOpen = answers ? tcb.FastOpen?.Answer ?? default : isFirst ? FastOpenConnect.Prepare(engine, tcb, now, out length) : default;
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
        var flags = (answers ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn) | tcb.Ecn.ForSyn(answers, isFirst);
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
        emission = Finish(tcb, headers, header, options, tcb.SendQueue.Slice(tcb.Snd.Iss + 1, length), reason, now, tcb.HandshakeRetransmitted || tcb.EarlySyn == EarlySyn.Sent);
        return true;
    }

    /// <summary>What is missing goes out before anything new.</summary>
    private bool TryBuildRetransmission(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        emission = default;
        if (!tcb.Loss.NeedsRetransmission || tcb.Loss.Flight is not { } flight)
            return false;
        var largest = MaxPayload(tcb);
        if (!flight.Board.TryFindLost(largest, out var from, out var end))
            return false;
        var usable = LossRecovery.Usable(tcb);
        if (flight.IsForced)
            usable = Math.Max(usable, tcb.Snd.Mss);
        var octets = Math.Min(end - from, largest);
        if (usable < Math.Min(octets, tcb.Snd.Mss))
            return false;
        if (octets > usable)
            octets = (int)(usable - (usable % tcb.Snd.Mss));
        // What was lost first is never held back.
        if (!flight.IsForced && MustWait(tcb, now))
            return false;
        return TryBuildRetransmissionOf(tcb, headers, from, octets, flight.Reason, now, out emission);
    }

    /// <summary>
    /// Octets that were sent already, a FIN among them counted as one. Old data inside the window, not beyond it (SHLD-15, SHLD-16). What
    /// was never sent is not a retransmission.
    /// </summary>
    private bool TryBuildRetransmissionOf(
        Tcb tcb, Span<byte> headers, SeqNum from, int octets, SegmentReason reason, MonotonicTime now, out Emission emission)
    {
        emission = default;
        var sentData = SeqNum.Min(tcb.SendQueue.End, tcb.Snd.Nxt) - from;
        var length = Math.Clamp(Math.Min(Math.Min(octets, sentData), tcb.Snd.Edge - from), 0, octets);
        var fin = tcb.FinSent && from + length == tcb.SendQueue.End && length < octets;
        if (length == 0 && !fin)
            return false;
        emission = BuildData(tcb, headers, from, length, fin, reason, now, isRetransmission: true);
        return true;
    }

    /// <summary>The last segment once more, with nothing new to send instead (RFC 8985 section 7.3).</summary>
    private bool TryBuildTailLossProbe(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        emission = default;
        if (!tcb.Pending.TailLossProbe)
            return false;
        tcb.Pending.TailLossProbe = false;
        var octets = tcb.Loss.Flight?.Board.LastSegment(tcb.Snd.Mss, tcb.FinSent) ?? 0;
        if (octets == 0 || !TryBuildRetransmissionOf(tcb, headers, tcb.Snd.Nxt - octets, octets, SegmentReason.TailLossProbe, now, out emission))
            return false;
        LossRecovery.OnTailLossProbeSent(engine, tcb, isRetransmission: true, now);
        return true;
    }

    private bool TryBuildData(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        emission = default;
        if (tcb.Loss.NeedsRetransmission)
            return false;
        RestartAfterIdle(tcb, now);
        var sizeProbe = PathMtuDiscovery.ProbeDue(engine, tcb, now);
        if (sizeProbe > 0 && !PathMtuDiscovery.HasRoom(tcb, sizeProbe))
            return false;
        var decision = sizeProbe > 0 ? new SendDecision(true, sizeProbe, false, false) : SendDecision.For(tcb, MaxPayload(tcb));
        if (!decision.Send)
        {
            tcb.Burst = 0;
            if (tcb.FinSent || tcb.SendQueue.End - tcb.Snd.Nxt < tcb.Snd.Mss)
                LossRecovery.OnApplicationLimited(tcb);
            if (decision.NeedsPersist && !tcb.Pending.ZeroWindowProbe && !tcb.Timers.IsRunning(TcbTimer.Persist))
            {
                if (tcb.Loss.OnWaiting(now))
                    MinProgress.Begin(engine, tcb, now);
                tcb.Timers.Set(TcbTimer.Persist, now + PersistDelay(tcb));
            }

            return LossRecovery.AbandonFrto(tcb) && TryBuildRetransmission(tcb, headers, now, out emission);
        }

        if (decision.Length > 0 && !tcb.Pending.TailLossProbe && MustWait(tcb, now))
        {
            tcb.Burst = 0;
            return false;
        }

        if (tcb.Snd.FlightSize == 0)
            tcb.Congestion.OnSending(tcb.Snd, inFlight: 0, now);
        tcb.Pending.Override = false;
        tcb.Timers.Stop(TcbTimer.Persist);
        var from = tcb.Snd.Nxt;
        var end = from + decision.Length + (decision.Fin ? 1 : 0);
        var isProbe = tcb.Pending.TailLossProbe;
        if (tcb.Loss.OnWaiting(now))
            MinProgress.Begin(engine, tcb, now);
        tcb.FinSent |= decision.Fin;
        // Whoever replies will do so again: the ACK can wait for the reply.
        if (now - tcb.Rcv.LastData < engine.Options.DelayedAckTimeout)
            tcb.Rcv.QuickAcks = 0;
        engine.Counters.Add(Counter.DataSent, decision.Length);
        var reason = decision.Fin ? SegmentReason.Close : sizeProbe > 0 ? SegmentReason.MtuProbe : SegmentReason.Data;
        if (sizeProbe > 0)
            tcb.PathMtu!.OnProbeSent(from, sizeProbe);
        LossRecovery.OnSent(engine, tcb, from, end - from, isRetransmission: false, now);
        tcb.Snd.Nxt = end;
        if (decision.Length % tcb.Snd.Mss != 0)
            tcb.Snd.OnSmallSent();
        tcb.WindowUsage.OnSent(tcb.Snd);
        emission = BuildData(tcb, headers, from, decision.Length, decision.Fin, reason, now, isRetransmission: false);
        if (isProbe)
            LossRecovery.OnTailLossProbeSent(engine, tcb, isRetransmission: false, now);
        else
            LossRecovery.ScheduleTailLossProbe(engine, tcb, now);
        return true;
    }

    /// <summary>
    /// One segment's text, or that of as many whole segments as fit into a frame where the link cuts them. The urgent pointer is not
    /// moved by the cutting, so it keeps segments apart; nor does CWR get to one of them alone.
    /// </summary>
    private int MaxPayload(Tcb tcb)
    {
        if (!engine.Link.SegmentationOffload || tcb.Snd.Up is not null || tcb.Ecn.CwrDue)
            return tcb.Snd.Mss;
        var room = engine.Link.MaxFrame - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength - tcb.Ts.Overhead;
        return Math.Min(Math.Max(room - (room % tcb.Snd.Mss), tcb.Snd.Mss), tcb.Congestion.Pacer.Quantum);
    }

    /// <summary>The pacer has something against more text now, and a timer says when it has not.</summary>
    private static bool MustWait(Tcb tcb, MonotonicTime now)
    {
        ref var pacer = ref tcb.Congestion.Pacer;
        if (pacer.MaySend(now))
            return false;
        tcb.Timers.Set(TcbTimer.Pacing, pacer.NextSend());
        return true;
    }

    private Emission BuildData(
        Tcb tcb, Span<byte> headers, SeqNum from, int length, bool fin, SegmentReason reason, MonotonicTime now, bool isRetransmission)
    {
        if (isRetransmission)
        {
            tcb.Retransmissions++;
            LossRecovery.OnSent(engine, tcb, from, length + (fin ? 1 : 0), isRetransmission: true, now);
        }

        tcb.LastDataSent = now;
        tcb.Congestion.Pacer.OnSent(length);
        StartRetransmissionTimer(tcb, now);
        var owed = tcb.Pending.Ack;
        var flags = TcpFlags.Ack | (fin ? TcpFlags.Fin : 0);
        // MUST-61: the last text there is carries PSH.
        if (length > 0 && (from + length == tcb.SendQueue.End || (!isRetransmission && EndsBurst(tcb, now))))
            flags |= TcpFlags.Psh;
        if (length > 0 && !isRetransmission)
            flags |= tcb.Ecn.SendCwr();
        var header = AckingHeader(tcb, from, flags);
        var options = Options(tcb, now, length);
        // Text gives no room up for SACK: where no block fits, the ACK that has them follows.
        if (tcb.SackGenerator is not null && options.Sack.Count == 0)
            tcb.Pending.Ack = owed;
        return Finish(tcb, headers, header, options, tcb.SendQueue.Slice(from, length), reason, now, isRetransmission);
    }

    /// <summary>
    /// The last of several segments that may go out now carries PSH as well, as Linux does: a receiver that gathers segments
    /// has nothing more to wait for. The RFC leaves it to the sender (section 3.9.1.2).
    /// </summary>
    private bool EndsBurst(Tcb tcb, MonotonicTime now)
    {
        tcb.Burst++;
        return tcb.Burst > 1 && !(tcb.Congestion.Pacer.MaySend(now) && SendDecision.For(tcb, MaxPayload(tcb)).Send);
    }

    /// <summary>A probe without text at SND.UNA - 1, which the peer cannot accept and has to answer (docs/decisions/0005).</summary>
    private Emission BuildZeroWindowProbe(Tcb tcb, Span<byte> headers, MonotonicTime now)
    {
        tcb.Pending.ZeroWindowProbe = false;
        engine.Counters.Add(Counter.ZeroWindowProbes);
        var header = AckingHeader(tcb, tcb.Snd.Una - 1, TcpFlags.Ack);
        return Finish(tcb, headers, header, Options(tcb, now), default, SegmentReason.ZeroWindowProbe, now, isRetransmission: false);
    }

    /// <summary>A keep-alive without text at SND.NXT - 1, which the peer has to answer (section 3.8.4, SHLD-12).</summary>
    private Emission BuildKeepAlive(Tcb tcb, Span<byte> headers, MonotonicTime now)
    {
        tcb.Pending.KeepAlive = false;
        engine.Counters.Add(Counter.KeepAlives);
        var header = AckingHeader(tcb, tcb.Snd.Nxt - 1, TcpFlags.Ack);
        return Finish(tcb, headers, header, Options(tcb, now), default, SegmentReason.KeepAlive, now, isRetransmission: false);
    }

    private bool TryBuildAck(Tcb tcb, Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        emission = default;
        var reason = tcb.Pending.Ack;
        if (reason == SegmentReason.None)
            return false;
        var header = AckingHeader(tcb, tcb.AcceptableSeq, TcpFlags.Ack);
        var options = tcb.UserTimeoutDue ? UserTimeoutOptions(tcb, now) : Options(tcb, now);
        emission = Finish(tcb, headers, header, options, default, reason, now, isRetransmission: false);
        return true;
    }

    private static TcpOptions UserTimeoutOptions(Tcb tcb, MonotonicTime now)
    {
        tcb.UserTimeoutDue = false;
        return new TcpOptions
        {
            Timestamps = tcb.Ts.Stamp(acknowledges: true, now),
            UserTimeout = tcb.Options.AdvertisedUserTimeout is { } timeout ? UserTimeoutOption.Encode(timeout) : null,
        };
    }

    /// <summary>
    /// What every segment after the SYN has: timestamps (RFC 7323 section 3.2), and as many SACK blocks as there is room for beside
    /// the text (RFC 2018 section 4: on all ACKs while something is held behind a gap).
    /// </summary>
    private static TcpOptions Options(Tcb tcb, MonotonicTime now, int payloadLength = 0)
    {
        var timestamps = tcb.Ts.Stamp(acknowledges: true, now);
        return tcb.SackGenerator is null
            ? new TcpOptions { Timestamps = timestamps }
            : new TcpOptions { Timestamps = timestamps, Sack = MakeSack(tcb, payloadLength) };
    }

    /// <summary>As many blocks as both the header and the path's MTU have room for: on the smallest links an ACK alone is too long with all.</summary>
    private static SackBlocks MakeSack(Tcb tcb, int payloadLength)
    {
        var most = SackGenerator.MaxThatFit(Math.Min(tcb.Snd.Mss - payloadLength, TcpOptionRoom - tcb.Ts.Overhead));
        var blocks = tcb.SackGenerator!.MakeBlocks(tcb.OutOfOrder, most);
        if (tcb.SackGenerator.HasDuplicate && (most > 0 || payloadLength > 0))
            tcb.Pending.Ack = SegmentReason.AcknowledgeDuplicate;
        else if (tcb.OutOfOrder is null or { IsEmpty: true })
            tcb.SackGenerator = null;
        return blocks;
    }

    private static TcpHeader Header(Tcb tcb, SeqNum seq, TcpFlags flags) =>
        new(tcb.Tuple.LocalPort, tcb.Tuple.RemotePort, seq, default, flags, 0);

    /// <summary>
    /// A header that acknowledges all there is; whatever ACK was pending goes with it (MUST-58). Before the urgent mark it says where
    /// that is, as far as the field reaches (MUST-31, MUST-62).
    /// </summary>
    private TcpHeader AckingHeader(Tcb tcb, SeqNum seq, TcpFlags flags)
    {
        if (tcb.Rcv.QuickAcks > 0 && tcb.Rcv.AckSent != tcb.Rcv.Nxt)
            tcb.Rcv.QuickAcks--;
        tcb.Pending.Ack = SegmentReason.None;
        tcb.Timers.Stop(TcbTimer.DelayedAck);
        tcb.Rcv.AckSent = tcb.Rcv.Nxt;
        if (tcb.Ecn.IsEchoing)
            flags |= TcpFlags.Ece;
        var window = WindowAdvertisement.Advertise(ref tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress), engine.WindowCeiling(tcb));
        var header = Header(tcb, seq, flags) with { Ack = tcb.Rcv.Nxt, Window = window };
        return tcb.Snd.Up is { } up && seq < up
            ? header with { Flags = flags | TcpFlags.Urg, UrgentPointer = (ushort)Math.Min(up - seq, ushort.MaxValue) }
            : header;
    }

    private Emission Finish(
        Tcb tcb, Span<byte> headers, scoped in TcpHeader header, scoped in TcpOptions options, DataSlice payload, SegmentReason reason,
        MonotonicTime now, bool isRetransmission)
    {
        var segmentSize = payload.Length > tcb.Snd.Mss && (header.Flags & TcpFlags.Syn) == 0 && reason != SegmentReason.MtuProbe ? tcb.Snd.Mss : 0;
        var segments = segmentSize == 0 ? 1 : (payload.Length + segmentSize - 1) / segmentSize;
        engine.Counters.Add(isRetransmission ? Counter.SegmentsRetransmitted : Counter.SegmentsSent, segments);
        if (engine.Observer is { } observer)
            observer.OnSegment(Observations.Sent(tcb, header, options, payload.Length, reason, now));
        // RFC 3168 section 6.1.4 and 6.1.5: a mark on a pure ACK would tell nobody, and on what goes out again, an attacker's lie.
        var ecn = tcb.Ecn.Ok && payload.Length > 0 && !isRetransmission && tcb.IsSynchronized ? EcnState.CapableTransport : (byte)0;
        return new Emission(headers[..writer.Write(headers, tcb.Tuple, header, options, payload, tcb.Options, ecn)], payload, segmentSize);
    }

    /// <summary>RFC 6298 section 5.1: a running timer is left alone.</summary>
    private void StartRetransmissionTimer(Tcb tcb, MonotonicTime now)
    {
        if (!tcb.Timers.IsRunning(TcbTimer.Retransmission))
            tcb.Timers.Set(TcbTimer.Retransmission, now + tcb.Rtt.Rto(engine.Options));
    }

    /// <summary>A closed window is probed after an RTO (SHLD-29); a small one is used after 0.1 s to 1 s (section 3.8.6.2.1).</summary>
    private TimeSpan PersistDelay(Tcb tcb)
    {
        var rto = tcb.Rtt.Rto(engine.Options).Ticks;
        return TimeSpan.FromTicks(
            tcb.Snd.Edge > tcb.Snd.Nxt ? Math.Clamp(rto, MinOverride.Ticks, MaxOverride.Ticks) : rto);
    }

    /// <summary>RFC 5681 section 4.1: after an idle RTO the congestion window has lost its meaning.</summary>
    private void RestartAfterIdle(Tcb tcb, MonotonicTime now)
    {
        if (tcb.Snd.FlightSize == 0 && tcb.LastDataSent != MonotonicTime.Zero && now - tcb.LastDataSent > tcb.Rtt.Rto(engine.Options))
            tcb.Congestion.OnIdle(now);
    }
}

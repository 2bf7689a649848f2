using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// SYN cookies (RFC 4987 section 3.6, docs/decisions/0035): the ISS of the SYN,ACK is the cookie, and the ACK returns
/// it. Nothing is allocated until the ACK has proved that the peer receives at its address.
/// </summary>
internal static class SynCookieListen
{
    /// <summary>Answers a SYN by SYN cookie. No state is kept, and the SYN's data is dropped.</summary>
    public static Disposition Answer(EngineState engine, Listener listener, in Arrival arrival)
    {
        var segment = arrival.Segment;
        ref readonly var options = ref arrival.Options;
        var echo = engine.Options.Timestamps ? options.Timestamps?.Value : null;
        var ecn = new EcnState { Ok = engine.Options.Ecn != EcnMode.Off };
        ecn.OnSyn(segment.Flags);
        var terms = echo is null
            ? SynCookieTerms.None
            : new SynCookieTerms(options.WindowScale, engine.Options.Sack && options.SackPermitted, ecn.Ok);
        var mss = PeerSyn.MssOf(arrival.Tuple.LocalAddress, options.Mss);
        var scope = ScopeOf(engine, listener, arrival, segment.Seq, terms);
        var header = new TcpHeader(
            segment.DestinationPort, segment.SourcePort,
            SynCookie.Make(engine.Keys.SynCookies, scope, mss, arrival.Now), segment.Seq + 1,
            TcpFlags.Syn | TcpFlags.Ack | (terms.Ecn ? TcpFlags.Ece : 0),
            (ushort)Math.Min(TcbFactory.InitialReceiveBuffer(engine, listener.Options), ushort.MaxValue));
        var offer = new SynAckOffer(
            terms.Scale is null ? null : OwnScale(engine, listener), terms.Sack,
            echo is null ? 0 : terms.Stamp(ClockOf(engine, arrival)));
        if (!engine.Replies.TryAddSynAck(arrival.Tuple, header, listener.Options, offer, echo))
        {
            engine.Counters.Add(Counter.DroppedReply);
            return Disposition.ListenDropped;
        }

        listener.CookiesUntil = arrival.Now + SynCookie.Lifetime;
        engine.Counters.Add(Counter.SynCookiesSent);
        return Disposition.AnsweredByCookie;
    }

    /// <summary>
    /// An ACK in LISTEN. With a valid cookie it opens a connection in SYN-RECEIVED
    /// (<see cref="Disposition.Accepted"/>), and the caller hands the segment to it, as if a half-open entry had been
    /// there. Any other ACK draws a RST.
    /// </summary>
    public static Disposition HandleAck(EngineState engine, Listener listener, ref Arrival arrival, out Tcb? tcb)
    {
        tcb = null;
        if (!AreExpected(engine, listener, arrival))
            return Refuse(engine, ref arrival);
        var cookie = arrival.Segment.Ack - 1;
        if (!TryRead(engine, listener, arrival, cookie, out var terms, out var timestamps, out var mss))
        {
            engine.Counters.Add(Counter.SynCookiesFailed);
            return MayFollowCookie(engine, listener, arrival, timestamps)
                ? Disposition.AckUnacceptable
                : Refuse(engine, ref arrival);
        }

        if (engine.SpentCookies.IsSpent(arrival.Hash, cookie, arrival.Now))
        {
            engine.Counters.Add(Counter.SynCookiesFailed);
            return Refuse(engine, ref arrival);
        }

        // The ACK is dropped. A SYN,ACK with a cookie is never retransmitted, so the peer's first data has to carry the
        // same SEG.ACK.
        if (!Admission.HasRoomToAccept(engine, listener))
            return Disposition.ListenDropped;
        Admission.MakeRoom(engine);
        engine.SpentCookies.Spend(arrival.Hash, cookie, arrival.Now);
        engine.Counters.Add(Counter.SynCookiesReceived);
        arrival.HasCookie = true;
        tcb = Open(engine, listener, arrival, terms, timestamps, mss);
        return Disposition.Accepted;
    }

    /// <summary>
    /// Deletes a half-open connection when the segment is the ACK of a cookie. The cookie was sent under pressure, and
    /// the peer's retransmitted SYN got an entry afterwards. The peer has accepted the SYN,ACK with the cookie, so its
    /// ACK would draw a RST from the entry.
    /// </summary>
    public static bool TryReplace(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        if (tcb.Listener is not { } listener || tcb.IsOpenEarly || !segment.Has(TcpFlags.Ack)
            || segment.Has(TcpFlags.Rst) || segment.Ack == tcb.Snd.Iss + 1 || !AreExpected(engine, listener, arrival))
        {
            return false;
        }

        if (!TryRead(engine, listener, arrival, segment.Ack - 1, out _, out var timestamps, out _))
        {
            arrival.MayFollowCookie = MayFollowCookie(engine, listener, arrival, timestamps);
            return false;
        }

        Lifecycle.Delete(engine, tcb, EngineError.None);
        return true;
    }

    /// <summary>True while cookies of the listener are valid: only then is SEG.ACK - 1 checked as one.</summary>
    private static bool AreExpected(EngineState engine, Listener listener, in Arrival arrival) =>
        !arrival.Segment.Has(TcpFlags.Syn)
        && (engine.Options.SynCookies == SynCookieMode.Always
            || (engine.Options.SynCookies == SynCookieMode.UnderPressure && arrival.Now < listener.CookiesUntil));

    private static Disposition Refuse(EngineState engine, ref Arrival arrival)
    {
        arrival.Meaning |= SegmentMeaning.AnsweredByReset;
        Lifecycle.ReplyReset(engine, arrival.Tuple, arrival.Segment, SegmentReason.ResetUnacceptableAck);
        return Disposition.AckUnacceptable;
    }

    private static bool TryRead(
        EngineState engine, Listener listener, in Arrival arrival, SeqNum cookie, out SynCookieTerms terms,
        out TcpTimestamps? timestamps, out ushort mss)
    {
        timestamps = engine.Options.Timestamps ? arrival.Options.Timestamps : null;
        terms = timestamps is { } echoed ? SynCookieTerms.FromEcho(echoed.Echo) : SynCookieTerms.None;
        // Only the peer's first segment after its SYN gives IRS, on which the cookie depends.
        var scope = ScopeOf(engine, listener, arrival, arrival.Segment.Seq - 1, terms);
        return SynCookie.TryRead(engine.Keys.SynCookies, scope, cookie, arrival.Now, out mss);
    }

    /// <summary>
    /// True when the segment may follow an ACK with a cookie that was lost. Then it is dropped without a RST, since the
    /// peer retransmits its first segment. That holds while the listener's cookies are valid, unless TSecr is too old,
    /// or SEG.ACK belongs to the tuple's last connection by cookie, which has ended.
    /// </summary>
    private static bool MayFollowCookie(
        EngineState engine, Listener listener, in Arrival arrival, TcpTimestamps? timestamps) =>
        arrival.Now < listener.CookiesUntil
        && !engine.SpentCookies.IsOfSpent(arrival.Hash, arrival.Segment.Ack, arrival.Now)
        && (timestamps is not { } echoed
            || unchecked(ClockOf(engine, arrival) - echoed.Echo) < SynCookie.Lifetime.TotalMilliseconds);

    private static Tcb Open(
        EngineState engine, Listener listener, in Arrival arrival, SynCookieTerms terms, TcpTimestamps? timestamps,
        ushort mss)
    {
        var irs = arrival.Segment.Seq - 1;
        var tcb = TcbFactory.Create(engine, arrival.Tuple, listener.Options, arrival.Segment.Ack - 1, isPassive: true);
        tcb.Ts.OnSyn(timestamps?.Value, arrival.Now);
        tcb.SackOk = terms.Sack;
        tcb.Ecn.Ok = terms.Ecn;
        PeerSyn.Apply(engine, tcb, irs, mss, terms.Scale);
        tcb.Snd.SetWindow(irs, default, default);
        // Figure 5 has no way from CLOSED to SYN-RECEIVED.
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Snd.Nxt = tcb.Snd.Iss + 1;
        // The time of the SYN,ACK is known to 64 ms only: it does not measure the round trip.
        tcb.IsSynAmbiguous = true;
        tcb.Loss.OnWaiting(arrival.Now);
        // The SYN,ACK had no room for the user timeout option.
        tcb.UserTimeoutDue = listener.Options.AdvertisedUserTimeout is not null;
        tcb.Listener = listener;
        listener.HalfOpen++;
        Lifecycle.Add(engine, tcb);
        engine.Trace.OnOpened(tcb, ConnectionChangeKind.CookieOpen);
        engine.Counters.Add(Counter.PassiveOpens);
        return tcb;
    }

    private static SynCookieScope ScopeOf(
        EngineState engine, Listener listener, in Arrival arrival, SeqNum irs, SynCookieTerms terms)
    {
        var scale = terms.Scale is null ? (byte)0 : OwnScale(engine, listener).Shift;
        return new SynCookieScope(arrival.Hash, arrival.Tuple.LocalAddress.IsIPv4, irs, scale, terms.Bits);
    }

    private static WindowScale OwnScale(EngineState engine, Listener listener) =>
        WindowScale.ForWindow((uint)engine.MaxReceiveBuffer(listener.Options));

    private static uint ClockOf(EngineState engine, in Arrival arrival) =>
        TimestampClock.At(arrival.Now, TimestampClock.OffsetOf(engine.Keys.Timestamps, arrival.Tuple));
}

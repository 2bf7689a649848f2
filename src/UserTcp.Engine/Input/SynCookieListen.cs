using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Handshakes without state (RFC 4987 section 3.6, docs/decisions/0035): a SYN,ACK whose ISS is a cookie, and the ACK that brings it back.
/// Neither allocates anything until the ACK has proved that the peer receives at its address.
/// </summary>
internal static class SynCookieListen
{
    /// <summary>Answers a SYN. Nothing is kept of it, and its data is not taken.</summary>
    public static Disposition Answer(EngineState engine, Listener listener, in Arrival arrival)
    {
        var segment = arrival.Segment;
        var options = segment.Options;
        var echo = engine.Options.Timestamps ? options.Timestamps?.Value : null;
        var ecn = new EcnState { Ok = engine.Options.Ecn != EcnMode.Off };
        ecn.OnSyn(segment.Flags);
        var terms = echo is null ? SynCookieTerms.None : new SynCookieTerms(options.WindowScale, engine.Options.Sack && options.SackPermitted, ecn.Ok);
        var mss = PeerSyn.MssOf(arrival.Tuple.LocalAddress, options.Mss);
        var scope = ScopeOf(engine, listener, arrival, segment.Seq, terms);
        var header = new TcpHeader(
            segment.DestinationPort, segment.SourcePort, SynCookie.Make(engine.Keys.SynCookies, scope, mss, arrival.Now), segment.Seq + 1,
            TcpFlags.Syn | TcpFlags.Ack | (terms.Ecn ? TcpFlags.Ece : 0),
            (ushort)Math.Min(TcbFactory.InitialReceiveBuffer(engine, listener.Options), ushort.MaxValue));
        var offer = new SynAckOffer(
            terms.Scale is null ? null : OwnScale(engine, listener), terms.Sack, echo is null ? 0 : terms.Stamp(ClockOf(engine, arrival)));
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
    /// An ACK in LISTEN. One with a cookie makes a connection in SYN-RECEIVED that the caller hands the segment to, as if the entry had
    /// been there (<see cref="Disposition.Accepted"/>); any other one is for something that is no more.
    /// </summary>
    public static Disposition HandleAck(EngineState engine, Listener listener, ref Arrival arrival, out Tcb? tcb)
    {
        tcb = null;
        if (!AreExpected(engine, listener, arrival))
            return Refuse(engine, arrival);
        var cookie = arrival.Segment.Ack - 1;
        if (!TryRead(engine, listener, arrival, cookie, out var terms, out var timestamps, out var mss))
        {
            engine.Counters.Add(Counter.SynCookiesFailed);
            return MayFollowCookie(engine, listener, arrival, timestamps) ? Disposition.AckUnacceptable : Refuse(engine, arrival);
        }

        if (engine.SpentCookies.IsSpent(arrival.Hash, cookie, arrival.Now))
        {
            engine.Counters.Add(Counter.SynCookiesFailed);
            return Refuse(engine, arrival);
        }

        // As if the ACK were lost. Nothing of ours brings another one, but the peer's data does.
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
    /// A half-open entry stands where the ACK of a cookie arrives: the cookie was sent under pressure, and the peer's SYN came again after
    /// it. The entry's SYN,ACK is the one that the peer did not take, so the entry goes; else the peer would be reset for its ACK.
    /// </summary>
    public static bool TryReplace(EngineState engine, Tcb tcb, ref Arrival arrival)
    {
        var segment = arrival.Segment;
        if (tcb.Listener is not { } listener || tcb.IsOpenEarly || !segment.Has(TcpFlags.Ack) || segment.Has(TcpFlags.Rst) ||
            segment.Ack == tcb.Snd.Iss + 1 || !AreExpected(engine, listener, arrival))
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

    /// <summary>Only while cookies are out is a number that looks like one taken for one.</summary>
    private static bool AreExpected(EngineState engine, Listener listener, in Arrival arrival) =>
        !arrival.Segment.Has(TcpFlags.Syn) &&
        (engine.Options.SynCookies == SynCookieMode.Always ||
            (engine.Options.SynCookies == SynCookieMode.UnderPressure && arrival.Now < listener.CookiesUntil));

    private static Disposition Refuse(EngineState engine, in Arrival arrival)
    {
        Lifecycle.ReplyReset(engine, arrival.Tuple, arrival.Segment, SegmentReason.ResetUnacceptableAck);
        return Disposition.AckUnacceptable;
    }

    private static bool TryRead(EngineState engine,
        Listener listener, in Arrival arrival, SeqNum cookie, out SynCookieTerms terms, out TcpTimestamps? timestamps, out ushort mss)
    {
        timestamps = engine.Options.Timestamps ? arrival.Segment.Options.Timestamps : null;
        terms = timestamps is { } echoed ? SynCookieTerms.FromEcho(echoed.Echo) : SynCookieTerms.None;
        // The peer's first segment after its SYN: without it the ISN that the cookie holds for is not known.
        var scope = ScopeOf(engine, listener, arrival, arrival.Segment.Seq - 1, terms);
        return SynCookie.TryRead(engine.Keys.SynCookies, scope, cookie, arrival.Now, out mss);
    }

    /// <summary>
    /// The peer's ACK and first data may be lost, and this be a segment that follows them. It is dropped without a RST, for the first one
    /// comes again. Only while this listener's cookies are out, where the echo is of a timestamp that is not old, and not when the number is
    /// one of the four-tuple's last connection: that one is over.
    /// </summary>
    private static bool MayFollowCookie(EngineState engine, Listener listener, in Arrival arrival, TcpTimestamps? timestamps) =>
        arrival.Now < listener.CookiesUntil && !engine.SpentCookies.IsOfSpent(arrival.Hash, arrival.Segment.Ack, arrival.Now) &&
        (timestamps is not { } echoed || unchecked(ClockOf(engine, arrival) - echoed.Echo) < SynCookie.Lifetime.TotalMilliseconds);

    private static Tcb Open(EngineState engine, Listener listener, in Arrival arrival, SynCookieTerms terms, TcpTimestamps? timestamps, ushort mss)
    {
        var irs = arrival.Segment.Seq - 1;
        var tcb = TcbFactory.Create(engine, arrival.Tuple, listener.Options, arrival.Segment.Ack - 1, isPassive: true);
        tcb.Ts.OnSyn(timestamps?.Value, arrival.Now);
        tcb.SackOk = terms.Sack;
        tcb.Ecn.Ok = terms.Ecn;
        PeerSyn.Apply(engine, tcb, irs, mss, terms.Scale);
        tcb.Snd.SetWindow(irs, default, default);
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        tcb.Snd.Nxt = tcb.Snd.Iss + 1;
        // When the SYN,ACK left is known to no better than 64 ms: no round trip is measured by it.
        tcb.IsSynAmbiguous = true;
        tcb.Loss.OnWaiting(arrival.Now);
        // The SYN,ACK had no room to say so.
        tcb.UserTimeoutDue = listener.Options.AdvertisedUserTimeout is not null;
        tcb.Listener = listener;
        listener.HalfOpen++;
        Lifecycle.Add(engine, tcb);
        engine.Counters.Add(Counter.PassiveOpens);
        return tcb;
    }

    private static SynCookieScope ScopeOf(EngineState engine, Listener listener, in Arrival arrival, SeqNum irs, SynCookieTerms terms) => new(
        arrival.Hash, arrival.Tuple.LocalAddress.IsIPv4, irs, terms.Scale is null ? (byte)0 : OwnScale(engine, listener).Shift, terms.Bits);

    private static WindowScale OwnScale(EngineState engine, Listener listener) => WindowScale.ForWindow((uint)engine.MaxReceiveBuffer(listener.Options));

    private static uint ClockOf(EngineState engine, in Arrival arrival) =>
        TimestampClock.At(arrival.Now, TimestampClock.OffsetOf(engine.Keys.Timestamps, arrival.Tuple));
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The SYN queue. A passive open that has sent its SYN,ACK is parked: only an entry in a table is left of it, since a
/// SYN costs its sender nothing (RFC 4987 section 3.3; docs/decisions/0006). Its next event unparks it into a TCB, so
/// segments and timeouts are handled in one way only.
/// </summary>
internal static class SynQueue
{
    /// <summary>Parks a connection when it is a passive open that has sent all it has to send.</summary>
    public static void TryPark(EngineState engine, Tcb tcb)
    {
        // An entry has no room for events and for REMOTE_UTO. Both are rare, so such a connection keeps its TCB.
        if (tcb.State != TcpState.SynReceived || tcb.Listener is not { } listener
            || tcb.PendingEvents != EngineEvents.None || tcb.IsOpenEarly || tcb.RemoteUserTimeout is not null)
        {
            return;
        }

        var since = tcb.Timers[TcbTimer.GiveUp] - engine.Options.HalfOpenTimeout;
        engine.HalfOpen.Add(tcb.Tuple, new HalfOpenEntry
        {
            Since = since,
            Retransmission = tcb.Timers[TcbTimer.Retransmission],
            Iss = tcb.Snd.Iss,
            Irs = tcb.Rcv.Irs,
            Window = (ushort)tcb.Snd.Wnd,
            PeerMss = (ushort)tcb.Snd.PeerMss,
            PeerScale = tcb.Snd.Scale,
            Flags = FlagsOf(tcb),
            TsRecent = tcb.Ts.Recent,
            Timeouts = Math.Min(tcb.Loss.Timeouts, HalfOpenEntry.MaxTimeouts),
            UnchallengedFor = (uint)Math.Ceiling(Math.Max((tcb.NextChallengeAck - since).TotalMilliseconds, 0)),
            Listener = listener.Number,
        });
        // The entry goes on as the TCB was: parking is no event.
        engine.Trace.End(tcb);
        Lifecycle.Detach(engine, tcb);
        tcb.ReleaseState();
    }

    /// <summary>
    /// Unparks the entry of a tuple with that hash and makes it the current connection; null when there is none.
    /// </summary>
    public static Tcb? Unpark(EngineState engine, in FourTuple tuple, ulong hash)
    {
        var index = engine.HalfOpen.Find(tuple, hash);
        return index >= 0 ? Unpark(engine, index) : null;
    }

    /// <summary>
    /// Unparks an entry and makes it the current connection. If it is still half-open at the next emission, it is
    /// parked again.
    /// </summary>
    public static Tcb Unpark(EngineState engine, int index)
    {
        // A fault before the TCB is in the table costs the engine: there is no connection yet that it could cost.
        engine.Current.EnterShared();
        var tcb = Restore(engine, index);
        engine.HalfOpen.Remove(index);
        Lifecycle.Add(engine, tcb);
        return tcb;
    }

    /// <summary>The TCB of an entry, as it was when it was parked. The entry stays parked.</summary>
    public static Tcb Restore(EngineState engine, int index)
    {
        ref readonly var entry = ref engine.HalfOpen.At(index);
        var listener = engine.Listeners.At(entry.Listener);
        var tuple = engine.HalfOpen.TupleAt(index);
        var tcb = TcbFactory.Create(engine, tuple, listener.Options, entry.Iss, isPassive: true);
        tcb.Ts.OnSyn(entry.Flags.HasFlag(HalfOpenFlags.Stamps) ? entry.TsRecent : null, entry.Since);
        tcb.SackOk = entry.Flags.HasFlag(HalfOpenFlags.Sacks);
        tcb.Ecn.Ok = entry.Flags.HasFlag(HalfOpenFlags.Ecn);
        PeerSyn.Apply(
            engine, tcb, entry.Irs, entry.PeerMss, entry.Flags.HasFlag(HalfOpenFlags.Scales) ? entry.PeerScale : null);
        tcb.Snd.SetWindow(entry.Irs, default, entry.Window);
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        if (entry.Flags.HasFlag(HalfOpenFlags.OfferedMore))
            WindowAdvertisement.Advertise(ref tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress));
        tcb.Listener = listener;
        tcb.Snd.Nxt = entry.Iss + 1;
        RestoreTimes(engine, tcb, entry);
        return tcb;
    }

    private static HalfOpenFlags FlagsOf(Tcb tcb) =>
        (tcb.OffersWindowScale ? HalfOpenFlags.Scales : 0) | (tcb.HandshakeRetransmitted ? HalfOpenFlags.Repeated : 0)
        | (tcb.Rcv.Wnd > ushort.MaxValue ? HalfOpenFlags.OfferedMore : 0) | (tcb.Ts.Ok ? HalfOpenFlags.Stamps : 0)
        | (tcb.SackOk ? HalfOpenFlags.Sacks : 0) | (tcb.Ecn.Ok ? HalfOpenFlags.Ecn : 0);

    private static void RestoreTimes(EngineState engine, Tcb tcb, in HalfOpenEntry entry)
    {
        tcb.HandshakeRetransmitted = tcb.IsSynAmbiguous = entry.Flags.HasFlag(HalfOpenFlags.Repeated);
        tcb.Loss.OnWaiting(entry.Since);
        for (var i = 0; i < entry.Timeouts; i++)
        {
            tcb.Loss.CountTimeout();
            tcb.Rtt.BackOff(engine.Options);
        }

        tcb.Timers.Set(TcbTimer.GiveUp, entry.Since + engine.Options.HalfOpenTimeout);
        tcb.Timers.Set(TcbTimer.Retransmission, entry.Retransmission);
        if (entry.UnchallengedFor > 0)
            tcb.NextChallengeAck = entry.Since + TimeSpan.FromMilliseconds(entry.UnchallengedFor);
    }
}

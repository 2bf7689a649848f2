using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The rest between a passive open's SYN,ACK and what comes next: meanwhile an entry in a table is all there is of it, for a SYN costs
/// its sender nothing (RFC 4987 section 3.3; docs/decisions/0006). Whatever happens to it makes a TCB of it again, so there is only one
/// way in which segments and timeouts are handled.
/// </summary>
internal static class SynQueue
{
    /// <summary>The connection of a tuple with that hash, woken if it was resting, and being handled from now on.</summary>
    public static Tcb? FindAndUnpark(EngineState engine, in FourTuple tuple, ulong hash)
    {
        engine.Current.EnterShared();
        if (engine.Connections.Find(tuple, hash) is { } tcb)
        {
            engine.Current.Enter(tcb);
            return tcb;
        }

        var index = engine.HalfOpen.Find(tuple, hash);
        return index >= 0 ? Unpark(engine, index) : null;
    }

    /// <summary>Lays a connection to rest when it is a passive open that has sent all it has to.</summary>
    public static void TryPark(EngineState engine, Tcb tcb)
    {
        // What its user has yet to be told is rare, and stays with the TCB.
        if (tcb.State != TcpState.SynReceived || tcb.Listener is not { } listener || tcb.PendingEvents != EngineEvents.None || tcb.IsOpenEarly
            || tcb.RemoteUserTimeout is not null)
            return;
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
            Flags = (tcb.OffersWindowScale ? HalfOpenFlags.Scales : 0) | (tcb.HandshakeRetransmitted ? HalfOpenFlags.Repeated : 0)
                | (tcb.Rcv.Wnd > ushort.MaxValue ? HalfOpenFlags.OfferedMore : 0) | (tcb.Ts.Ok ? HalfOpenFlags.Stamps : 0)
                | (tcb.SackOk ? HalfOpenFlags.Sacks : 0) | (tcb.Ecn.Ok ? HalfOpenFlags.Ecn : 0),
            TsRecent = tcb.Ts.Recent,
            Timeouts = Math.Min(tcb.Loss.Timeouts, HalfOpenEntry.MaxTimeouts),
            UnchallengedFor = (uint)Math.Ceiling(Math.Max((tcb.NextChallengeAck - since).TotalMilliseconds, 0)),
            Listener = listener.Number,
        });
        Lifecycle.Detach(engine, tcb);
        tcb.ReleaseState();
    }

    /// <summary>Wakes the connection of an entry. When nothing comes of it, it goes back to rest with the next emission.</summary>
    public static Tcb Unpark(EngineState engine, int index)
    {
        // Until it is in the table there is no connection that a fault could cost.
        engine.Current.EnterShared();
        var tcb = Restore(engine, index);
        engine.HalfOpen.Remove(index);
        Lifecycle.Add(engine, tcb);
        return tcb;
    }

    /// <summary>The TCB as it was when the rest began, without ending it.</summary>
    public static Tcb Restore(EngineState engine, int index)
    {
        ref readonly var entry = ref engine.HalfOpen.At(index);
        var listener = engine.Listeners.At(entry.Listener);
        var tcb = TcbFactory.Create(engine, engine.HalfOpen.TupleAt(index), listener.Options, entry.Iss, isPassive: true);
        tcb.Ts.OnSyn(entry.Flags.HasFlag(HalfOpenFlags.Stamps) ? entry.TsRecent : null, entry.Since);
        tcb.SackOk = entry.Flags.HasFlag(HalfOpenFlags.Sacks);
        tcb.Ecn.Ok = entry.Flags.HasFlag(HalfOpenFlags.Ecn);
        Handshake.ApplySyn(engine, tcb, entry.Irs, entry.PeerMss, entry.Flags.HasFlag(HalfOpenFlags.Scales) ? entry.PeerScale : null);
        Handshake.SetSendWindow(tcb, entry.Irs, default, entry.Window);
        Transitions.Move(tcb, TcpState.Listen);
        Transitions.Move(tcb, TcpState.SynReceived);
        if (entry.Flags.HasFlag(HalfOpenFlags.OfferedMore))
            WindowAdvertisement.Advertise(ref tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress));
        tcb.Listener = listener;
        tcb.Snd.Nxt = entry.Iss + 1;
        RestoreTimes(engine, tcb, entry);
        return tcb;
    }

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

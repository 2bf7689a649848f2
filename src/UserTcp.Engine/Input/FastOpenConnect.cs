using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fast Open in an active open (RFC 7413 section 4.1.3).</summary>
internal static class FastOpenConnect
{
    // Room for the largest options: the cached MSS does not count the options of a SYN.
    private const int OptionRoom = TcpHeader.MaxLength - TcpHeader.MinLength;

    /// <summary>
    /// The Fast Open option of our first SYN, and how many bytes of data the SYN carries. A retransmitted SYN has
    /// neither, since a middlebox may have dropped the first one for them (section 4.1.3.1).
    /// </summary>
    public static FastOpenCookie Prepare(EngineState engine, Tcb tcb, MonotonicTime now, out int length)
    {
        length = 0;
        // A link with a tiny MTU has no room for a cookie.
        if (!tcb.Options.FastOpen || engine.MssOfLink(tcb.Tuple.LocalAddress) < OptionRoom)
            return default;
        var option = engine.FastOpen.OptionFor(tcb.Tuple.RemoteAddress, now, out var mss);
        if (!option.IsPresent)
            return default;
        tcb.FastOpen = new FastOpenState { IsTried = true };
        length = Math.Min(RoomFor(engine, option, mss, tcb.Tuple.LocalAddress), tcb.SendQueue.Length);
        if (length > 0)
        {
            engine.Counters.Add(Counter.FastOpensSent);
            engine.Counters.Add(Counter.DataSent, length);
        }

        return option;
    }

    /// <summary>Bytes of data that a SYN to a peer has room for now; 0 without a cookie.</summary>
    public static int RoomTo(EngineState engine, IpAddress peer, MonotonicTime now)
    {
        var option = engine.FastOpen.OptionFor(peer, now, out var mss);
        return RoomFor(engine, option, mss, peer);
    }

    /// <summary>
    /// Caches what the peer's SYN,ACK says about Fast Open: a cookie, a refusal, or that only a SYN without the option
    /// got through.
    /// </summary>
    public static void OnSynAck(EngineState engine, Tcb tcb, SeqNum ack, FastOpenCookie cookie, MonotonicTime now)
    {
        if (tcb.FastOpen is not { IsTried: true })
            return;
        var peer = tcb.Tuple.RemoteAddress;
        // A new cookie in the SYN,ACK means that ours was out of date, and is no refusal.
        if (IsRefused(tcb, ack) && (!cookie.HasCookie || engine.FastOpen.IsKnown(peer, cookie)))
            engine.FastOpen.RememberRefusal(peer, tcb.Snd.PeerMss, now);
        else if (cookie.HasCookie)
            engine.FastOpen.Remember(peer, cookie, tcb.Snd.PeerMss);
        else if (tcb.HandshakeRetransmitted)
            engine.FastOpen.RememberBlackHole(peer, now);
        else
            engine.FastOpen.RememberMss(peer, tcb.Snd.PeerMss);
        tcb.FastOpen = null;
    }

    /// <summary>The open has failed by timeout or ICMP error: a negative response (section 4.1.3.1).</summary>
    public static void OnFailed(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb is { State: TcpState.SynSent, FastOpen.IsTried: true })
            engine.FastOpen.RememberBlackHole(tcb.Tuple.RemoteAddress, now);
    }

    /// <summary>
    /// Our SYN is acknowledged, with all of its data or without. Data that is not acknowledged counts as never sent.
    /// </summary>
    public static void Acknowledge(EngineState engine, Tcb tcb, SeqNum ack)
    {
        tcb.SynDataAccepted = ack == tcb.Snd.Nxt && ack > tcb.Snd.Iss + 1;
        tcb.Snd.Nxt = ack;
        var data = tcb.SendQueue.AcknowledgeUpTo(ack);
        if (data == 0)
            return;
        tcb.DataAcknowledged += data;
        tcb.AcknowledgedForUser += data;
        engine.Events.Raise(tcb, EngineEvents.Acknowledged);
    }

    /// <summary>The SYN had data and was sent once, and the SYN,ACK acknowledges none of the data.</summary>
    private static bool IsRefused(Tcb tcb, SeqNum ack) =>
        !tcb.IsSynAmbiguous && tcb.Snd.Nxt > tcb.Snd.Iss + 1 && ack == tcb.Snd.Iss + 1;

    private static int RoomFor(EngineState engine, in FastOpenCookie option, int mss, IpAddress family) =>
        option.HasCookie ? Math.Max(Math.Min(mss, engine.MssOfLink(family)) - OptionRoom, 0) : 0;
}

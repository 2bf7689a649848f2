using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>Fast Open of an active open (RFC 7413 section 4.1.3).</summary>
internal static class FastOpenConnect
{
    // Text leaves room for the largest header: not all of a SYN's options are in later segments.
    private const int OptionRoom = TcpHeader.MaxLength - TcpHeader.MinLength;

    /// <summary>
    /// The option of our SYN, and how much text goes with it. Only the first SYN has either: what drops SYNs for them shall not drop the
    /// next one too (section 4.1.3.1).
    /// </summary>
    public static FastOpenCookie Prepare(EngineState engine, Tcb tcb, MonotonicTime now, out int length)
    {
        length = 0;
        // Links that hardly carry a header have no room for a cookie.
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

    /// <summary>Octets of text that a SYN to a peer has room for now.</summary>
    public static int RoomTo(EngineState engine, IpAddress peer, MonotonicTime now)
    {
        var option = engine.FastOpen.OptionFor(peer, now, out var mss);
        return RoomFor(engine, option, mss, peer);
    }

    /// <summary>The peer's SYN,ACK: what it says of cookies is kept, and whether only a SYN without the option was answered.</summary>
    public static void OnSynAck(EngineState engine, Tcb tcb, in TcpSegment segment, MonotonicTime now)
    {
        if (tcb.FastOpen is not { IsTried: true })
            return;
        var (peer, cookie) = (tcb.Tuple.RemoteAddress, segment.Options.FastOpen);
        // With a new cookie the server has only said that ours was an old one.
        if (IsRefused(tcb, segment.Ack) && (!cookie.HasCookie || engine.FastOpen.IsKnown(peer, cookie)))
            engine.FastOpen.RememberRefusal(peer, tcb.Snd.PeerMss, now);
        else if (cookie.HasCookie)
            engine.FastOpen.Remember(peer, cookie, tcb.Snd.PeerMss);
        else if (tcb.HandshakeRetransmitted)
            engine.FastOpen.RememberBlackHole(peer, now);
        else
            engine.FastOpen.RememberMss(peer, tcb.Snd.PeerMss);
        tcb.FastOpen = null;
    }

    /// <summary>The open has failed without any answer, or with an ICMP error: a negative response as well (section 4.1.3.1).</summary>
    public static void OnFailed(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb is { State: TcpState.SynSent, FastOpen.IsTried: true })
            engine.FastOpen.RememberBlackHole(tcb.Tuple.RemoteAddress, now);
    }

    /// <summary>Our SYN is acknowledged, and its text with it; or not, and then it goes out again at once like text never sent.</summary>
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

    /// <summary>The SYN had data and went out once, and its answer acknowledges none of the data.</summary>
    private static bool IsRefused(Tcb tcb, SeqNum ack) => !tcb.IsSynAmbiguous && tcb.Snd.Nxt > tcb.Snd.Iss + 1 && ack == tcb.Snd.Iss + 1;

    private static int RoomFor(EngineState engine, in FastOpenCookie option, int mss, IpAddress family) =>
        option.HasCookie ? Math.Max(Math.Min(mss, engine.MssOfLink(family)) - OptionRoom, 0) : 0;
}

using UserTcp.Engine.Input;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Output;

/// <summary>
/// How much new data to send now: the peer's window, the congestion window, sender silly window avoidance (RFC 9293
/// section 3.8.6.2.1, MUST-38) and Nagle's algorithm (section 3.7.4, SHLD-7; with Minshall's condition) in one place.
/// </summary>
/// <param name="Send">A segment may go out.</param>
/// <param name="Length">Bytes of data in it.</param>
/// <param name="Fin">It carries our FIN.</param>
/// <param name="NeedsPersist">Nothing may go out, nothing is in flight, and only the peer's window blocks.</param>
internal readonly record struct SendDecision(bool Send, int Length, bool Fin, bool NeedsPersist)
{
    private static readonly SendDecision Nothing = new(false, 0, false, false);

    /// <param name="tcb">The connection.</param>
    /// <param name="maxPayload">
    /// Bytes of data that may go out in one piece: one segment, or several that the link cuts.
    /// </param>
    public static SendDecision For(Tcb tcb, int maxPayload)
    {
        ref var snd = ref tcb.Snd;
        // RFC 9293 section 3.10.4: in SYN-RECEIVED only where the application has sent nothing.
        var finDue = tcb.FinQueued && !tcb.FinSent
            && (tcb.IsSynchronized || (tcb.SendQueue.Length == 0 && snd.Nxt == snd.Iss + 1));
        var unsent = tcb.FinSent ? 0 : tcb.SendQueue.End - snd.Nxt;
        if (unsent == 0 && !finDue)
            return Nothing;

        var usable = Math.Max(snd.Edge - snd.Nxt, 0);
        var allowed = LossRecovery.Usable(tcb);
        // RFC 8985 section 7.3: a tail loss probe is new data if there is any, one segment whatever cwnd says.
        if (tcb.Pending.TailLossProbe)
            (allowed, maxPayload) = (Math.Max(allowed, snd.Mss), snd.Mss);
        var length = (int)Math.Clamp(Math.Min(usable, allowed), 0, Math.Min(unsent, maxPayload));
        // Whole segments, unless the rest may go out at once as well.
        if (length > snd.Mss && (length < unsent || !(MaySendSmall(tcb) || finDue)))
            length -= length % snd.Mss;
        // FIN occupies a sequence number, so it must fit into the window too.
        var fin = finDue && length == unsent && usable > length;
        if (fin || IsWorthSending(tcb, length, unsent))
            return new SendDecision(true, length, fin, false);
        return Nothing with { NeedsPersist = snd.FlightSize == 0 };
    }

    private static bool IsWorthSending(Tcb tcb, int length, int unsent)
    {
        if (length == 0)
            return false;
        if (length >= tcb.Snd.Mss)
            return true;
        if (length == unsent && MaySendSmall(tcb))
            return true;
        return ((tcb.Options.NoDelay || tcb.DataOutstanding == 0) && 2L * length >= tcb.Snd.MaxWnd)
            || tcb.Pending.Override;
    }

    private static bool MaySendSmall(Tcb tcb) => tcb.Options.NoDelay || !tcb.Snd.IsSmallOutstanding;
}

using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The receive window that we advertise, with receiver SWS avoidance (RFC 9293 section 3.8.6.2.2, MUST-39): the right
/// edge advances only by min(Fr * RCV.BUFF, Eff.snd.MSS) or more, and never moves back (SHLD-14).
/// </summary>
internal static class WindowAdvertisement
{
    /// <summary>
    /// The window field of the next segment. Records the right edge that it offers. No window beyond
    /// <paramref name="ceiling"/> bytes is newly offered.
    /// </summary>
    public static ushort Advertise(ref ReceiveSequence rcv, int mss, int ceiling = int.MaxValue)
    {
        var free = Math.Min(Free(rcv), ceiling);
        var window = free - (long)rcv.Wnd >= Worthwhile(rcv, mss) ? (uint)free : rcv.Wnd;
        var field = Field(rcv, window, Free(rcv));
        rcv.Edge = SeqNum.Max(rcv.Edge, rcv.Nxt + rcv.Scale.ToOctets(field));
        return field;
    }

    /// <summary>The window field of a SYN, which is never scaled (RFC 7323 section 2.2).</summary>
    public static ushort AdvertiseInSyn(ref ReceiveSequence rcv)
    {
        var field = (ushort)Math.Min(Free(rcv), ushort.MaxValue);
        rcv.Edge = SeqNum.Max(rcv.Edge, rcv.Nxt + field);
        return field;
    }

    /// <summary>
    /// True when a window update should be sent at once: half of the buffer has become free, or a segment's worth while
    /// the peer's window is less than two segments.
    /// </summary>
    public static bool IsUpdateDue(in ReceiveSequence rcv, int mss, int ceiling = int.MaxValue)
    {
        // The window field cannot express more.
        var capacity = Math.Min(rcv.Buffer, ushort.MaxValue << rcv.Scale.Shift);
        var gain = Math.Min(Math.Min(Free(rcv), ceiling), capacity) - (long)rcv.Wnd;
        return gain >= capacity / 2 || (gain >= Worthwhile(rcv, mss) && rcv.Wnd < 2 * mss);
    }

    private static int Free(in ReceiveSequence rcv) => Math.Max(rcv.Buffer - rcv.Held, 0);

    private static int Worthwhile(in ReceiveSequence rcv, int mss) => Math.Min(rcv.Buffer / 2, mss);

    /// <summary>
    /// The scaled window. It is rounded up as long as the buffer has room to within one unit, since rounding down would
    /// move the right edge back by up to a unit (RFC 7323 section 2.4).
    /// </summary>
    private static ushort Field(in ReceiveSequence rcv, uint window, int free)
    {
        var unit = 1u << rcv.Scale.Shift;
        var roundedUp = (window + unit - 1) & ~(unit - 1);
        return rcv.Scale.ToField(roundedUp < free + unit ? roundedUp : window);
    }
}

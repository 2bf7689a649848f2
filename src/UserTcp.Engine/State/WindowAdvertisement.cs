using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// What we tell the peer about our receive window, with receiver silly window avoidance (RFC 9293 section 3.8.6.2.2, MUST-39):
/// the right edge moves only when it can move by a worthwhile amount, and never back (SHLD-14).
/// </summary>
internal static class WindowAdvertisement
{
    /// <summary>
    /// The window field of the next segment; takes note of the right edge that it promises. Beyond <paramref name="ceiling"/> nothing new
    /// is offered.
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
    /// True when the user has made so much room that the peer should hear of it at once: half of the buffer, or a segment's worth
    /// when the peer can hardly send any more.
    /// </summary>
    public static bool IsUpdateDue(in ReceiveSequence rcv, int mss, int ceiling = int.MaxValue)
    {
        // Room that no window field can express opens no window.
        var capacity = Math.Min(rcv.Buffer, ushort.MaxValue << rcv.Scale.Shift);
        var gain = Math.Min(Math.Min(Free(rcv), ceiling), capacity) - (long)rcv.Wnd;
        return gain >= capacity / 2 || (gain >= Worthwhile(rcv, mss) && rcv.Wnd < 2 * mss);
    }

    private static int Free(in ReceiveSequence rcv) => Math.Max(rcv.Buffer - rcv.Held, 0);

    private static int Worthwhile(in ReceiveSequence rcv, int mss) => Math.Min(rcv.Buffer / 2, mss);

    /// <summary>
    /// The field is rounded up while the buffer's room allows it within one unit, since rounding down would move the right edge
    /// back by up to a unit (RFC 7323 section 2.4).
    /// </summary>
    private static ushort Field(in ReceiveSequence rcv, uint window, int free)
    {
        var unit = 1u << rcv.Scale.Shift;
        var roundedUp = (window + unit - 1) & ~(unit - 1);
        return rcv.Scale.ToField(roundedUp < free + unit ? roundedUp : window);
    }
}

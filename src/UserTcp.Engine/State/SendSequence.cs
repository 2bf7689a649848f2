using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Send sequence variables (RFC 9293 section 3.3.1):
/// <code>
///      1         2          3          4
/// ----------|----------|----------|----------
///        SND.UNA    SND.NXT    SND.UNA
///                             +SND.WND
/// 1 acknowledged  2 sent, unacknowledged  3 may be sent  4 may not be sent yet
/// </code>
/// </summary>
internal struct SendSequence
{
    /// <summary>Initial send sequence number.</summary>
    public SeqNum Iss;

    /// <summary>Oldest unacknowledged sequence number.</summary>
    public SeqNum Una;

    /// <summary>Next sequence number to be sent; it never goes back, and a retransmission does not change it.</summary>
    public SeqNum Nxt;

    /// <summary>The peer's window, bytes from <see cref="Una"/>; unsigned throughout (MUST-1, REC-1).</summary>
    public uint Wnd;

    /// <summary>SEG.SEQ and SEG.ACK of the last window update.</summary>
    public SeqNum Wl1;
    public SeqNum Wl2;

    /// <summary>
    /// MAX.SND.WND: the largest window the peer has ever offered (RFC 5961 section 5.2; sender SWS avoidance).
    /// </summary>
    public uint MaxWnd;

    /// <summary>Snd.Wind.Shift: what the peer's window fields are scaled by (RFC 7323 section 2.2).</summary>
    public WindowScale Scale;

    // The sequence number after the last segment smaller than Eff.snd.MSS (Snd.Sml of Minshall's variant).
    private SeqNum _small;

    // A SeqNum? would take four bytes for its flag.
    private bool _isUrgent;
    private SeqNum _up;

    /// <summary>SendMSS: the MSS option received, or the default for its absence (MUST-15).</summary>
    public int PeerMss;

    /// <summary>Eff.snd.MSS (MUST-16): the most data we send in one segment.</summary>
    public int Mss;

    /// <summary>
    /// The largest segment known to have reached the peer, since as much was acknowledged (RFC 5927 section 7.2).
    /// </summary>
    public int ProvenMss;

    /// <summary>
    /// SND.UP: the sequence number after the last urgent octet (MUST-62); null when nothing is urgent.
    /// </summary>
    public SeqNum? Up
    {
        readonly get => _isUrgent ? _up : null;
        set
        {
            _isUrgent = value is not null;
            _up = value.GetValueOrDefault();
        }
    }

    /// <summary>FlightSize: bytes outstanding, SYN and FIN included.</summary>
    public readonly int FlightSize => Nxt - Una;

    /// <summary>The sequence numbers outstanding: [SND.UNA, SND.NXT).</summary>
    public readonly SeqRange Outstanding => SeqRange.Between(Una, Nxt);

    /// <summary>Starts with nothing sent.</summary>
    public void Begin(SeqNum iss) => Iss = Una = Nxt = _small = iss;

    /// <summary>Restores a connection whose data is all acknowledged, up to <paramref name="nxt"/>.</summary>
    public void Restore(SeqNum iss, SeqNum nxt)
    {
        Iss = iss;
        Una = Nxt = _small = nxt;
    }

    /// <summary>
    /// A segment smaller than Eff.snd.MSS is outstanding. Minshall's variant of Nagle's algorithm delays a small
    /// segment only then. Delayed behind full segments, the last data of a write would wait for the peer's delayed ACK.
    /// </summary>
    public readonly bool IsSmallOutstanding => Outstanding.ContainsEnd(_small);

    /// <summary>New data up to <see cref="Nxt"/> was sent, and its last segment is not full.</summary>
    public void OnSmallSent() => _small = Nxt;

    /// <summary>Sets SND.WND, SND.WL1 and SND.WL2.</summary>
    public void SetWindow(SeqNum seq, SeqNum ack, uint window)
    {
        Wnd = window;
        MaxWnd = Math.Max(MaxWnd, window);
        Wl1 = seq;
        Wl2 = ack;
    }

    /// <summary>The right edge of the peer's window.</summary>
    public readonly SeqNum Edge => Una + Wnd;
}

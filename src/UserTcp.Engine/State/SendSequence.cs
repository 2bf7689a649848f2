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

    /// <summary>Next sequence number to be sent; it never goes back, a retransmission leaves it alone.</summary>
    public SeqNum Nxt;

    /// <summary>The peer's window, octets from <see cref="Una"/>; unsigned throughout (MUST-1, REC-1).</summary>
    public uint Wnd;

    /// <summary>SEG.SEQ and SEG.ACK of the last window update.</summary>
    public SeqNum Wl1;
    public SeqNum Wl2;

    /// <summary>MAX.SND.WND: the largest window the peer has ever offered (RFC 5961 section 5.2; sender SWS avoidance).</summary>
    public uint MaxWnd;

    /// <summary>Snd.Wind.Shift: what the peer's window fields are scaled by (RFC 7323 section 2.2).</summary>
    public WindowScale Scale;

    // The sequence number after the last text that went out in less than a full segment (Snd.Sml of Minshall's variant).
    private SeqNum _small;

    // Not as a SeqNum?, whose flag takes four octets.
    private bool _isUrgent;
    private SeqNum _up;

    /// <summary>SendMSS: the MSS option received, or the default for its absence (MUST-15).</summary>
    public int PeerMss;

    /// <summary>Eff.snd.MSS (MUST-16): the largest text we send in one segment.</summary>
    public int Mss;

    /// <summary>The largest text known to have passed in one segment, as far as acknowledgments of that much tell (RFC 5927 section 7.2).</summary>
    public int ProvenMss;

    /// <summary>SND.UP: the sequence number after the last urgent octet (MUST-62); null when nothing is urgent.</summary>
    public SeqNum? Up
    {
        readonly get => _isUrgent ? _up : null;
        set
        {
            _isUrgent = value is not null;
            _up = value.GetValueOrDefault();
        }
    }

    /// <summary>Octets outstanding.</summary>
    public readonly int FlightSize => Nxt - Una;

    /// <summary>The sequence numbers outstanding: [SND.UNA, SND.NXT).</summary>
    public readonly SeqRange InFlight => SeqRange.Between(Una, Nxt);

    /// <summary>Nothing has been sent.</summary>
    public void Begin(SeqNum iss) => Iss = Una = Nxt = _small = iss;

    /// <summary>All that was sent is acknowledged: up to <paramref name="nxt"/>.</summary>
    public void Restore(SeqNum iss, SeqNum nxt)
    {
        Iss = iss;
        Una = Nxt = _small = nxt;
    }

    /// <summary>
    /// Text that went out in less than a full segment is outstanding. Only this holds back another small segment, as Minshall's variant of
    /// Nagle's algorithm has it: behind full ones the end of what was written would wait for an ACK that the peer holds back.
    /// </summary>
    public readonly bool IsSmallOutstanding => InFlight.ContainsEnd(_small);

    /// <summary>New text up to <see cref="Nxt"/> has gone out, the last segment of which is not full.</summary>
    public void OnSmallSent() => _small = Nxt;

    /// <summary>The right edge of the peer's window.</summary>
    public readonly SeqNum Edge => Una + Wnd;
}

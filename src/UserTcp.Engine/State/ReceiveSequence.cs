using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Receive sequence variables (RFC 9293 section 3.3.1):
/// <code>
///      1          2          3
/// ----------|----------|----------
///        RCV.NXT    RCV.NXT
///                  +RCV.WND
/// 1 acknowledged  2 may be received  3 may not be received yet
/// </code>
/// </summary>
internal struct ReceiveSequence
{
    /// <summary>Initial receive sequence number.</summary>
    public SeqNum Irs;

    /// <summary>Next sequence number expected.</summary>
    public SeqNum Nxt;

    /// <summary>
    /// RCV.NXT + RCV.WND: the furthest right edge ever offered. Kept instead of RCV.WND because what has been offered stays
    /// offered (SHLD-14), also where the window field had to be rounded (RFC 7323 section 2.4).
    /// </summary>
    public SeqNum Edge;

    /// <summary>Rcv.Wind.Shift: what our window fields are scaled by.</summary>
    public WindowScale Scale;

    // Not as two SeqNum?, whose flags take four octets each.
    private bool _isUrgent;
    private bool _isFinSeen;
    private SeqNum _up;
    private SeqNum _fin;

    /// <summary>RCV.BUFF: octets that may be held for the user.</summary>
    public int Buffer;

    /// <summary>RCV.USER: octets received in order that the user has not consumed.</summary>
    public int Held;

    /// <summary>Last.ACK.sent: RCV.NXT as last told to the peer.</summary>
    public SeqNum AckSent;

    /// <summary>The largest text seen in one segment: what counts as full-sized for this peer (SHLD-19).</summary>
    public int LargestPayload;

    /// <summary>How many more ACKs are sent at once, to a peer in slow start.</summary>
    public int QuickAcks;

    /// <summary>When text last arrived.</summary>
    public MonotonicTime LastData;

    /// <summary>RCV.UP: the sequence number after the peer's last urgent octet; null when there is none that the user has not consumed.</summary>
    public SeqNum? Up
    {
        readonly get => _isUrgent ? _up : null;
        set
        {
            _isUrgent = value is not null;
            _up = value.GetValueOrDefault();
        }
    }

    /// <summary>The sequence number of the peer's FIN, once seen; it may be ahead of missing text.</summary>
    public SeqNum? Fin
    {
        readonly get => _isFinSeen ? _fin : null;
        set
        {
            _isFinSeen = value is not null;
            _fin = value.GetValueOrDefault();
        }
    }

    /// <summary>Octets before and up to the urgent mark that the user has not consumed; 0 when it is past it (MUST-33).</summary>
    public readonly int Urgent => Up is { } up ? Math.Max(up - (Nxt - Held), 0) : 0;

    /// <summary>RCV.WND in octets.</summary>
    public readonly uint Wnd => (uint)Math.Max(Edge - Nxt, 0);
}

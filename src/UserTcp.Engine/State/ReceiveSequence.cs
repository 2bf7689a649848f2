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
    /// RCV.NXT + RCV.WND: the largest right edge ever offered. It is kept instead of RCV.WND because an offered window
    /// is never taken back (SHLD-14), also when the window field is rounded (RFC 7323 section 2.4).
    /// </summary>
    public SeqNum Edge;

    /// <summary>Rcv.Wind.Shift: the scale of our window fields.</summary>
    public WindowScale Scale;

    // Two SeqNum? would take four bytes each for their flags.
    private bool _isUrgent;
    private bool _isFinSeen;
    private SeqNum _up;
    private SeqNum _fin;

    /// <summary>RCV.BUFF: the receive buffer in bytes.</summary>
    public int Buffer;

    /// <summary>RCV.USER: bytes received in order that the application has not consumed.</summary>
    public int Held;

    /// <summary>Last.ACK.sent: the SEG.ACK that was sent last.</summary>
    public SeqNum AckSent;

    /// <summary>The most data received in one segment: the size of a full segment of this peer (SHLD-19).</summary>
    public int LargestPayload;

    /// <summary>Quick-ACK mode: how many more ACKs are sent without delay.</summary>
    public int QuickAcks;

    /// <summary>When data last arrived.</summary>
    public MonotonicTime LastData;

    /// <summary>
    /// RCV.UP: the sequence number after the peer's last urgent byte; null when the application has consumed all urgent
    /// data.
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

    /// <summary>The sequence number of the peer's FIN, once received; it may be beyond a gap.</summary>
    public SeqNum? Fin
    {
        readonly get => _isFinSeen ? _fin : null;
        set
        {
            _isFinSeen = value is not null;
            _fin = value.GetValueOrDefault();
        }
    }

    /// <summary>Bytes up to RCV.UP that the application has not consumed; 0 without urgent data (MUST-33).</summary>
    public readonly int Urgent => Up is { } up ? Math.Max(up - (Nxt - Held), 0) : 0;

    /// <summary>RCV.WND in bytes.</summary>
    public readonly uint Wnd => (uint)Math.Max(Edge - Nxt, 0);
}

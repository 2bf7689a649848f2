using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Explicit congestion notification of one connection (RFC 3168 section 6.1). One half is the receiver's: a mark that came is echoed with
/// every ACK until the peer says that it has heard. The other is the sender's: an echo reduces the window, at most once in a round trip.
/// </summary>
internal struct EcnState
{
    // Not two bits of the IP header but what they mean: ECT(0), and CE.
    public const byte CapableTransport = 0b10;
    public const byte CongestionExperienced = 0b11;

    private SeqNum _reducedAt;
    private bool _isReduced;

    /// <summary>Both ends take part. Until the peer's SYN has come: ours does.</summary>
    public bool Ok { get; set; }

    /// <summary>A mark has come, and the peer has not said that it has heard: each ACK has ECE (section 6.1.3).</summary>
    public bool IsEchoing { get; private set; }

    /// <summary>The window has been reduced, and the next new text says so by CWR (section 6.1.2).</summary>
    public bool CwrDue { get; private set; }

    /// <summary>
    /// The control bits of our SYN (section 6.1.1): both in the first, which asks. One that goes out again does not, in case that it was
    /// the bits that had it dropped on the way (section 6.1.1.1). A SYN,ACK answers by ECE.
    /// </summary>
    public TcpFlags ForSyn(bool answers, bool isFirst)
    {
        if (!answers)
            Ok &= isFirst;
        return Ok ? (answers ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr) : 0;
    }

    /// <summary>The peer's SYN asks by both bits, its SYN,ACK answers by ECE alone; one that reflects whatever it gets does not count.</summary>
    public void OnSyn(TcpFlags flags)
    {
        var wanted = (flags & TcpFlags.Ack) != 0 ? TcpFlags.Ece : TcpFlags.Ece | TcpFlags.Cwr;
        Ok &= (flags & (TcpFlags.Ece | TcpFlags.Cwr)) == wanted;
    }

    /// <summary>
    /// New text has come. Its CWR ends the echo, its mark begins it anew. True when the peer should hear at once: of the first mark, and
    /// when it may have little in flight.
    /// </summary>
    public bool OnData(TcpFlags flags, bool isCe)
    {
        var isCwr = (flags & TcpFlags.Cwr) != 0;
        var isFirstMark = isCe && !IsEchoing;
        IsEchoing = isCe || (IsEchoing && !isCwr);
        return isCwr || isFirstMark;
    }

    /// <summary>
    /// SND.UNA is at <paramref name="una"/>. What was acknowledged includes something sent after the last reduction, and so the CWR: the
    /// next echo is of another mark.
    /// </summary>
    public void OnAcknowledged(SeqNum una) => _isReduced = _isReduced && una <= _reducedAt;

    /// <summary>The peer has seen a mark.</summary>
    public readonly bool IsEcho(TcpFlags flags) => Ok && (flags & TcpFlags.Ece) != 0;

    /// <summary>An echo that may reduce the window: the round trip of the last reduction is over.</summary>
    public readonly bool ReducesWindow(TcpFlags flags) => IsEcho(flags) && !_isReduced;

    /// <summary>The window has been reduced, for whatever reason; <paramref name="nxt"/> is the next new text.</summary>
    public void OnReduced(SeqNum nxt)
    {
        if (!Ok)
            return;
        (_isReduced, _reducedAt) = (true, nxt);
        CwrDue = true;
    }

    /// <summary>CWR for a segment with new text, once.</summary>
    public TcpFlags SendCwr()
    {
        var flags = CwrDue ? TcpFlags.Cwr : 0;
        CwrDue = false;
        return flags;
    }
}

using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// Finds out that what was sent again had not been lost, so that the reduction of the window can be taken back (RFC 4015): by the
/// timestamps that come back (Eifel, RFC 3522), or by D-SACK for each octet that was sent again (RFC 3708).
/// </summary>
internal struct SpuriousRecovery
{
    private long _octets;
    private uint _firstStamp;
    private bool _hasRetransmitted;
    private SeqNum _end;
    private SeqNum _retransmittedFrom;
    private SeqNum _retransmittedTo;
    private bool _isOver;

    /// <summary>There is a reduction to take back.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The window has been reduced.</summary>
    public void Begin()
    {
        this = default;
        IsPending = true;
    }

    public void Clear() => this = default;

    /// <summary>Octets were sent again, with a timestamp of <paramref name="stamp"/> if there are any.</summary>
    public void OnRetransmitted(SeqNum from, int octets, uint stamp)
    {
        if (!IsPending)
            return;
        if (!_hasRetransmitted)
            (_firstStamp, _retransmittedFrom, _retransmittedTo) = (stamp, from, from + octets);
        _retransmittedFrom = SeqNum.Min(_retransmittedFrom, from);
        _retransmittedTo = SeqNum.Max(_retransmittedTo, from + octets);
        _hasRetransmitted = true;
        _octets += octets;
    }

    /// <summary>The peer has got octets twice. Those that lie elsewhere the network has doubled, or a probe.</summary>
    public void OnDuplicateReported(SackBlock block)
    {
        if (_hasRetransmitted && SeqRange.Between(_retransmittedFrom, _retransmittedTo).Contains(block.Range))
            _octets -= block.Right - block.Left;
    }

    /// <summary>All that was sent again arrived twice.</summary>
    public readonly bool IsAllDuplicate => IsPending && _hasRetransmitted && _octets <= 0;

    /// <summary>
    /// An acknowledgment that echoes a timestamp from before anything was sent again is for what was sent first. It also is where nothing
    /// was sent again at all.
    /// </summary>
    public readonly bool IsOriginal(uint echo) => IsPending && (!_hasRetransmitted || TimestampState.IsBefore(echo, _firstStamp));

    /// <summary>The recovery is over; what the peer has got twice it tells within a round trip, that is before <paramref name="nxt"/> is acknowledged.</summary>
    public void OnRecovered(SeqNum nxt) => (_isOver, _end) = (true, nxt);

    /// <summary>SND.UNA has advanced.</summary>
    public void OnAcknowledged(SeqNum una)
    {
        if (_isOver && una > _end)
            Clear();
    }
}

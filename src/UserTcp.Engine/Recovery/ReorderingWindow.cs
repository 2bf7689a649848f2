using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// RACK.reo_wnd (RFC 8985 section 6.2, step 4): for how long a segment may be overtaken before it counts as lost. It follows what
/// the path has been seen to do, so it lasts for the connection.
/// </summary>
internal struct ReorderingWindow
{
    private const int DuplicateAckThreshold = 3;
    private const byte RecoveriesToForget = 16;

    private SeqNum _duplicateRound;
    private bool _isRoundOpen;
    private byte _added;
    private byte _recoveriesLeft;

    /// <summary>RACK.reordering_seen.</summary>
    public bool IsReorderingSeen { get; set; }

    /// <summary>A segment has arrived that we had sent again for nothing: the window was too short, once in a round trip.</summary>
    public void OnDuplicateReported(in SendSequence snd)
    {
        // One that ended long ago may seem to lie ahead, but not within what is outstanding.
        if (_isRoundOpen && snd.InFlight.ContainsEnd(_duplicateRound))
            return;
        _isRoundOpen = true;
        _duplicateRound = snd.Nxt;
        _added = (byte)Math.Min(_added + 1, byte.MaxValue);
        _recoveriesLeft = RecoveriesToForget;
    }

    /// <summary>A recovery has ended; after a number of them what was added counts no more.</summary>
    public void OnRecovered()
    {
        if (_recoveriesLeft > 0 && --_recoveriesLeft == 0)
            _added = 0;
    }

    /// <summary>
    /// The window: a part of the least round trip, at most SRTT; none while nothing has been seen out of order and three segments
    /// after the first have arrived, as in RFC 5681.
    /// </summary>
    public readonly TimeSpan Length(bool isInRecovery, int sackedSegments, TimeSpan minRtt, TimeSpan smoothedRtt)
    {
        if (!IsReorderingSeen && (isInRecovery || sackedSegments >= DuplicateAckThreshold))
            return TimeSpan.Zero;
        return TimeSpan.FromTicks(Math.Min((_added + 1) * (minRtt.Ticks / 4), smoothedRtt.Ticks));
    }
}

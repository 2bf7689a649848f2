using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.PathMtu;

/// <summary>
/// The search for the path MTU (RFC 4821 section 7), for the few connections that need one. Sizes are bytes of data in
/// a segment.
/// </summary>
internal sealed class PathMtuSearch
{
    // The search ends at this difference (RFC 4821 section 7.5); a smaller gain is not worth a segment.
    private const int CloseEnough = 8;

    /// <summary>search_low: the largest size known to pass.</summary>
    public int Low;

    /// <summary>search_high: the largest size that may pass.</summary>
    public int High;

    /// <summary>
    /// True before the first MTU probe: it tries search_high, since the losses may have been an outage.
    /// </summary>
    public bool TriesHighest;

    /// <summary>When the next search may start.</summary>
    public MonotonicTime NextSearch;

    /// <summary>The outstanding MTU probe: its sequence number and size; size 0 when there is none.</summary>
    public SeqNum ProbeFrom;
    public int ProbeSize;

    /// <summary>
    /// A pending ICMP "too big" for a size that has passed before: its MSS and the segment it quotes (RFC 5927
    /// section 7.2); 0 when none is pending.
    /// </summary>
    public int ClaimedMss;
    public SeqNum ClaimedSeq;

    /// <summary>The size of the next MTU probe; 0 when the search is over.</summary>
    public int NextProbe => High - Low < CloseEnough ? 0 : TriesHighest ? High : (Low + High + 1) / 2;

    public void OnProbeSent(SeqNum from, int size)
    {
        ProbeFrom = from;
        ProbeSize = size;
    }

    /// <summary>The MTU probe alone was lost: it was too big.</summary>
    public void OnProbeLost()
    {
        High = Math.Min(High, ProbeSize - 1);
        TriesHighest = false;
        ProbeSize = 0;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.PathMtu;

/// <summary>
/// The search for the largest segment that a path carries (RFC 4821 section 7), of the few connections whose path is in doubt. Sizes are
/// octets of text.
/// </summary>
internal sealed class PathMtuSearch
{
    // RFC 4821 section 7.5 asks for a search that ends; nearer than that it is not worth a segment.
    private const int CloseEnough = 8;

    /// <summary>search_low: what passes, as far as is known.</summary>
    public int Low;

    /// <summary>search_high: what may pass.</summary>
    public int High;

    /// <summary>Nothing between the two has been tried: the largest goes first, for there may only have been an outage.</summary>
    public bool TriesHighest;

    /// <summary>Before this time there is nothing to search for.</summary>
    public MonotonicTime NextSearch;

    /// <summary>The probe that is out: where it begins, and its size; 0 when none is.</summary>
    public SeqNum ProbeFrom;
    public int ProbeSize;

    /// <summary>What ICMP says of a segment whose like has passed before, and the segment (RFC 5927 section 7.2); 0 when nothing is pending.</summary>
    public int ClaimedMss;
    public SeqNum ClaimedSeq;

    /// <summary>The size of the next probe; 0 when the search is over.</summary>
    public int NextProbe => High - Low < CloseEnough ? 0 : TriesHighest ? High : (Low + High + 1) / 2;

    public void OnProbeSent(SeqNum from, int size)
    {
        ProbeFrom = from;
        ProbeSize = size;
    }

    /// <summary>The probe, and nothing else, is lost: it was too big.</summary>
    public void OnProbeLost()
    {
        High = Math.Min(High, ProbeSize - 1);
        TriesHighest = false;
        ProbeSize = 0;
    }
}

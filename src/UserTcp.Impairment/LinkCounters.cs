namespace UserTcp.Impairment;

/// <summary>How many packets one direction of a link has lost, duplicated, reordered, corrupted, replayed and marked.</summary>
internal sealed class LinkCounters
{
    /// <summary>Packets lost on their own.</summary>
    public long Lost { get; internal set; }

    /// <summary>Packets lost in a burst.</summary>
    public long LostInBurst { get; internal set; }

    /// <summary>Packets dropped because the queue was full.</summary>
    public long Overflowed { get; internal set; }

    /// <summary>Packets dropped while the link was down.</summary>
    public long Down { get; internal set; }

    /// <summary>Packets that arrive twice.</summary>
    public long Duplicated { get; internal set; }

    /// <summary>Packets delayed so that later ones arrive first.</summary>
    public long Reordered { get; internal set; }

    /// <summary>Packets with inverted bits.</summary>
    public long Corrupted { get; internal set; }

    /// <summary>Packets that arrive once more much later.</summary>
    public long Replayed { get; internal set; }

    /// <summary>Packets whose ECN field the link has set to CE (RFC 3168 section 5).</summary>
    public long CongestionExperienced { get; internal set; }

    internal void Count(FaultKind kind, long amount)
    {
        switch (kind)
        {
            case FaultKind.Loss when amount == 0:
                Lost++;
                break;
            case FaultKind.Loss:
                LostInBurst++;
                break;
            case FaultKind.Duplicate:
                Duplicated++;
                break;
            case FaultKind.Reorder:
                Reordered++;
                break;
            case FaultKind.Corrupt:
                Corrupted++;
                break;
            default:
                Replayed++;
                break;
        }
    }
}

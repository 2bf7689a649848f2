namespace UserTcp.Impairment;

/// <summary>What one direction of a link has done, in packets.</summary>
public sealed class LinkCounters
{
    internal LinkCounters()
    {
    }

    /// <summary>Packets lost singly (<see cref="LinkImpairment.Loss"/>).</summary>
    public long Lost { get; internal set; }

    /// <summary>Packets lost in bursts (<see cref="LinkImpairment.Burst"/>).</summary>
    public long LostInBursts { get; internal set; }

    /// <summary>Packets dropped because the queue was full (<see cref="LinkImpairment.Queue"/>).</summary>
    public long QueueDrops { get; internal set; }

    /// <summary>Packets dropped while the link was down (<see cref="ImpairedLink.IsDown"/>).</summary>
    public long DownDrops { get; internal set; }

    /// <summary>Packets that arrive twice (<see cref="LinkImpairment.Duplicate"/>).</summary>
    public long Duplicated { get; internal set; }

    /// <summary>Packets delayed so that later ones arrive first (<see cref="LinkImpairment.Reorder"/>).</summary>
    public long Reordered { get; internal set; }

    /// <summary>Packets with inverted bits (<see cref="LinkImpairment.Corrupt"/>).</summary>
    public long Corrupted { get; internal set; }

    /// <summary>Packets that arrive once more much later (<see cref="LinkImpairment.Replay"/>).</summary>
    public long Replayed { get; internal set; }

    /// <summary>Packets that the link has set to CE (<see cref="LinkImpairment.Ecn"/>).</summary>
    public long CongestionExperienced { get; internal set; }

    internal void Count(FaultKind kind, long amount)
    {
        switch (kind)
        {
            case FaultKind.Loss when amount == 0:
                Lost++;
                break;
            case FaultKind.Loss:
                LostInBursts++;
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

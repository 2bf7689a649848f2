namespace UserTcp.Impairment;

/// <summary>
/// What one direction of a link has done so far, in packets. Any thread may read it while the link runs.
/// </summary>
public sealed class LinkCounters
{
    private readonly long[] _counts = new long[(int)Item.Count];

    internal LinkCounters()
    {
    }

    private enum Item
    {
        Packets, Delivered, Delayed, Lost, LostInBursts, QueueDrops, MtuDrops, DownDrops, Duplicated, Reordered,
        Corrupted, Replayed, CongestionExperienced, Count,
    }

    /// <summary>Packets that were sent over the link, whatever became of them.</summary>
    public long Packets => Get(Item.Packets);

    /// <summary>Packets that have arrived, duplicates and replays included.</summary>
    public long Delivered => Get(Item.Delivered);

    /// <summary>
    /// Packets that arrive later than they were sent, because of <see cref="LinkImpairment.Delay"/>,
    /// <see cref="LinkImpairment.Jitter"/>, <see cref="LinkImpairment.Rate"/> or <see cref="LinkImpairment.Reorder"/>.
    /// </summary>
    public long Delayed => Get(Item.Delayed);

    /// <summary>Packets lost singly (<see cref="LinkImpairment.Loss"/>).</summary>
    public long Lost => Get(Item.Lost);

    /// <summary>Packets lost in bursts (<see cref="LinkImpairment.Burst"/>).</summary>
    public long LostInBursts => Get(Item.LostInBursts);

    /// <summary>Packets dropped because the queue was full (<see cref="LinkImpairment.Queue"/>).</summary>
    public long QueueDrops => Get(Item.QueueDrops);

    /// <summary>Packets dropped because they were too large (<see cref="LinkImpairment.Mtu"/>).</summary>
    public long MtuDrops => Get(Item.MtuDrops);

    /// <summary>Packets dropped while the link was down (<see cref="ImpairedLink.IsDown"/>).</summary>
    public long DownDrops => Get(Item.DownDrops);

    /// <summary>Packets that arrive twice (<see cref="LinkImpairment.Duplicate"/>).</summary>
    public long Duplicated => Get(Item.Duplicated);

    /// <summary>Packets delayed so that later ones arrive first (<see cref="LinkImpairment.Reorder"/>).</summary>
    public long Reordered => Get(Item.Reordered);

    /// <summary>
    /// Packets with inverted bits (<see cref="LinkImpairment.Corrupt"/>), also those that are lost for it.
    /// </summary>
    public long Corrupted => Get(Item.Corrupted);

    /// <summary>Packets that arrive once more much later (<see cref="LinkImpairment.Replay"/>).</summary>
    public long Replayed => Get(Item.Replayed);

    /// <summary>
    /// Packets that the link has set to CE (<see cref="LinkImpairment.Ecn"/>,
    /// <see cref="LinkTriggerAction.Mark"/>).
    /// </summary>
    public long CongestionExperienced => Get(Item.CongestionExperienced);

    internal void CountPacket() => Add(Item.Packets);

    internal void CountDelivered() => Add(Item.Delivered);

    internal void CountDelayed() => Add(Item.Delayed);

    internal void CountQueueDrop() => Add(Item.QueueDrops);

    internal void CountMtuDrop() => Add(Item.MtuDrops);

    internal void CountDownDrop() => Add(Item.DownDrops);

    internal void CountCongestionExperienced() => Add(Item.CongestionExperienced);

    /// <summary>Counts a fault; CE is counted when the field is set.</summary>
    internal void Count(FaultKind kind, long amount)
    {
        if (kind == FaultKind.Mark)
            return;
        Add(kind switch
        {
            FaultKind.Loss => amount == 0 ? Item.Lost : Item.LostInBursts,
            FaultKind.Duplicate => Item.Duplicated,
            FaultKind.Reorder => Item.Reordered,
            FaultKind.Corrupt => Item.Corrupted,
            _ => Item.Replayed,
        });
    }

    private long Get(Item item) => Interlocked.Read(ref _counts[(int)item]);

    private void Add(Item item) => Interlocked.Increment(ref _counts[(int)item]);
}

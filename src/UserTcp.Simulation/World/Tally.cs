using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>Counts each <see cref="Happening"/>.</summary>
internal sealed class Tally
{
    private readonly long[] _counts = new long[Enum.GetValues<Happening>().Length];

    public void Add(Happening happening) => Add(happening, 1);

    /// <summary>Adds the counters of a link.</summary>
    public void Add(LinkCounters link)
    {
        Add(Happening.Loss, link.Lost);
        Add(Happening.BurstLoss, link.LostInBursts);
        Add(Happening.QueueOverflow, link.QueueDrops);
        Add(Happening.PartitionLoss, link.DownDrops);
        Add(Happening.Duplicate, link.Duplicated);
        Add(Happening.Reorder, link.Reordered);
        Add(Happening.Corruption, link.Corrupted);
        Add(Happening.Replay, link.Replayed);
        Add(Happening.CongestionMark, link.CongestionExperienced);
    }

    public IReadOnlyDictionary<Happening, long> ToDictionary() =>
        Enum.GetValues<Happening>().ToDictionary(happening => happening, happening => _counts[(int)happening]);

    private void Add(Happening happening, long count) => _counts[(int)happening] += count;
}

namespace UserTcp.Impairment;

/// <summary>Decides which packets have which faults.</summary>
internal abstract class FaultPlan
{
    /// <summary>Decides whether a packet has a fault of a kind. Callers ask in the order of packet numbers.</summary>
    public abstract bool Decide(long packet, FaultKind kind, out long amount);
}

/// <summary>Exactly the faults of a list, as the shrinker of a simulation needs them.</summary>
internal sealed class ListedFaults : FaultPlan
{
    private readonly Dictionary<(long Packet, FaultKind Kind), long> _faults = [];

    public ListedFaults(IEnumerable<Fault> faults, int link)
    {
        foreach (var fault in faults)
        {
            if (fault.Link == link)
                _faults[(fault.Packet, fault.Kind)] = fault.Amount;
        }
    }

    public override bool Decide(long packet, FaultKind kind, out long amount) =>
        _faults.TryGetValue((packet, kind), out amount);
}

/// <summary>
/// Faults with the probabilities of a <see cref="LinkImpairment"/>. A hash of packet number and kind decides each one.
/// </summary>
internal sealed class DrawnFaults(LinkImpairment impairment, int link) : FaultPlan
{
    // Hash inputs beside the values of FaultKind.
    private const int BurstStart = 100;
    private const int BurstLength = 101;
    private const int AmountBase = 200;

    private static readonly TimeSpan MaxDuplicateDelay = TimeSpan.FromMilliseconds(5);

    private long _burstEnd;

    public override bool Decide(long packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (kind == FaultKind.Loss && AdvanceBurst(packet))
        {
            amount = 1;
            return true;
        }

        if (SplitMix64.ToFraction(Hash(packet, (int)kind)) >= ProbabilityOf(kind))
            return false;
        amount = AmountFor(kind, Hash(packet, AmountBase + (int)kind));
        return true;
    }

    /// <summary>
    /// Starts a burst at this packet if the hash says so; true when the packet is in a burst. This is the Gilbert
    /// model, in which the bad state loses every packet. Bursts depend on packet numbers only, not on other faults.
    /// </summary>
    private bool AdvanceBurst(long packet)
    {
        if (impairment.Burst > 0 && SplitMix64.ToFraction(Hash(packet, BurstStart)) < impairment.Burst)
        {
            var stay = 1 - (1 / impairment.BurstLength);
            var length = stay <= 0
                ? 1
                : 1 + (long)(Math.Log(1 - SplitMix64.ToFraction(Hash(packet, BurstLength))) / Math.Log(stay));
            _burstEnd = Math.Max(_burstEnd, packet + length);
        }

        return packet < _burstEnd;
    }

    private double ProbabilityOf(FaultKind kind) => kind switch
    {
        FaultKind.Loss => impairment.Loss,
        FaultKind.Duplicate => impairment.Duplicate,
        FaultKind.Reorder => impairment.Reorder,
        FaultKind.Corrupt => impairment.Corrupt,
        _ => impairment.Replay,
    };

    private long AmountFor(FaultKind kind, ulong hash) => kind switch
    {
        FaultKind.Duplicate => SplitMix64.ToRange(hash, MaxDuplicateDelay.Ticks),
        FaultKind.Reorder => 1 + SplitMix64.ToRange(hash, impairment.ReorderDelay.Ticks),
        FaultKind.Corrupt => (long)(hash >> 1),
        FaultKind.Replay => 1 + SplitMix64.ToRange(hash, impairment.ReplayAge.Ticks),
        _ => 0,
    };

    private ulong Hash(long packet, int kind) => SplitMix64.Hash(impairment.Seed, link, packet, kind);
}

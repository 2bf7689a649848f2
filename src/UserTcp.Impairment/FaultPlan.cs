namespace UserTcp.Impairment;

/// <summary>Says which packets have which faults.</summary>
internal abstract class FaultPlan
{
    /// <summary>The fault of one kind that a packet has; packets are asked about in order.</summary>
    public abstract bool Has(long packet, FaultKind kind, out long amount);
}

/// <summary>Exactly the faults of a list: what a failure has been reduced to.</summary>
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

    public override bool Has(long packet, FaultKind kind, out long amount) => _faults.TryGetValue((packet, kind), out amount);
}

/// <summary>Faults with the probabilities of a <see cref="LinkImpairment"/>, decided by a hash for each packet and kind.</summary>
internal sealed class DrawnFaults(LinkImpairment impairment, int link) : FaultPlan
{
    // Kinds of hashes beyond those of the faults themselves.
    private const int BurstStart = 100;
    private const int BurstLength = 101;
    private const int AmountOf = 200;

    private static readonly TimeSpan MaxDuplicateDelay = TimeSpan.FromMilliseconds(5);

    private long _burstEnd;

    public override bool Has(long packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (kind == FaultKind.Loss && IsInBurst(packet))
        {
            amount = 1;
            return true;
        }

        if (Mix.Fraction(Hash(packet, (int)kind)) >= ProbabilityOf(kind))
            return false;
        amount = AmountFor(kind, Hash(packet, AmountOf + (int)kind));
        return true;
    }

    /// <summary>
    /// The Gilbert model with all packets of the bad state lost. Bursts start and end at packet numbers, whatever happens to the
    /// packets.
    /// </summary>
    private bool IsInBurst(long packet)
    {
        if (impairment.Burst > 0 && Mix.Fraction(Hash(packet, BurstStart)) < impairment.Burst)
        {
            var stay = 1 - (1 / impairment.BurstLength);
            var length = stay <= 0 ? 1 : 1 + (long)(Math.Log(1 - Mix.Fraction(Hash(packet, BurstLength))) / Math.Log(stay));
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
        FaultKind.Duplicate => Mix.Below(hash, MaxDuplicateDelay.Ticks),
        FaultKind.Reorder => 1 + Mix.Below(hash, impairment.ReorderDelay.Ticks),
        FaultKind.Corrupt => (long)(hash >> 1),
        FaultKind.Replay => 1 + Mix.Below(hash, impairment.ReplayAge.Ticks),
        _ => 0,
    };

    private ulong Hash(long packet, int kind) => Mix.Of(impairment.Seed, link, packet, kind);
}

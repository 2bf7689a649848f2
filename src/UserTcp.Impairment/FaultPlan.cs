namespace UserTcp.Impairment;

/// <summary>Decides which packets have which faults.</summary>
internal abstract class FaultPlan
{
    /// <summary>
    /// Decides whether a packet has a fault of a kind. Callers ask in the order of the packet numbers of a flow.
    /// </summary>
    public abstract bool Decide(LinkImpairment impairment, in PacketIdentity packet, FaultKind kind, out long amount);
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

    public override bool Decide(LinkImpairment impairment, in PacketIdentity packet, FaultKind kind, out long amount) =>
        _faults.TryGetValue((packet.OnLink, kind), out amount);
}

/// <summary>
/// Faults with the probabilities of a <see cref="LinkImpairment"/>. A hash of seed, flow, packet number and kind
/// decides each one.
/// </summary>
internal sealed class DrawnFaults : FaultPlan
{
    // Hash inputs beside the values of FaultKind.
    private const int BurstStart = 100;
    private const int BurstLength = 101;
    private const int AmountBase = 200;

    private static readonly TimeSpan MaxDuplicateDelay = TimeSpan.FromMilliseconds(5);

    public override bool Decide(LinkImpairment impairment, in PacketIdentity packet, FaultKind kind, out long amount)
    {
        // Drawn in any case: a burst goes on behind a packet that a trigger strikes.
        var isDrawn = Draw(impairment, packet, kind, out amount);
        if (packet.Strikes.IsNone)
            return isDrawn;
        // What a trigger says happens to the packet, and nothing else does.
        var trigger = packet.Strikes.Find(kind);
        amount = trigger?.Action switch
        {
            LinkTriggerAction.Hold => trigger.Time.Ticks,
            LinkTriggerAction.Reorder => impairment.ReorderDelay.Ticks,
            LinkTriggerAction.Corrupt => AmountFor(impairment, kind, Hash(impairment, packet, AmountBase + (int)kind)),
            _ => 0,
        };
        return trigger is not null;
    }

    private static bool Draw(LinkImpairment impairment, in PacketIdentity packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (kind == FaultKind.Loss && AdvanceBurst(impairment, packet))
        {
            amount = 1;
            return true;
        }

        var probability = ProbabilityOf(impairment, kind);
        if (probability == 0 || SplitMix64.ToFraction(Hash(impairment, packet, (int)kind)) >= probability)
            return false;
        amount = AmountFor(impairment, kind, Hash(impairment, packet, AmountBase + (int)kind));
        return true;
    }

    /// <summary>
    /// Starts a burst at this packet if the hash says so; true when the packet is in a burst. This is the Gilbert
    /// model, in which the bad state loses every packet. Bursts depend on packet numbers only, not on other faults.
    /// </summary>
    private static bool AdvanceBurst(LinkImpairment impairment, in PacketIdentity packet)
    {
        if (impairment.Burst == 0)
            return false;
        var length = 0L;
        if (SplitMix64.ToFraction(Hash(impairment, packet, BurstStart)) < impairment.Burst)
        {
            var stay = 1 - (1 / impairment.BurstLength);
            length = stay <= 0
                ? 1
                : 1 + (long)(Math.Log(1 - SplitMix64.ToFraction(Hash(impairment, packet, BurstLength)))
                    / Math.Log(stay));
        }

        return packet.Flow.AdvanceBurst(packet.Number, length);
    }

    private static double ProbabilityOf(LinkImpairment impairment, FaultKind kind) => kind switch
    {
        FaultKind.Loss => impairment.Loss,
        FaultKind.Duplicate => impairment.Duplicate,
        FaultKind.Reorder => impairment.Reorder,
        FaultKind.Corrupt => impairment.Corrupt,
        FaultKind.Replay => impairment.Replay,
        _ => 0,
    };

    private static long AmountFor(LinkImpairment impairment, FaultKind kind, ulong hash) => kind switch
    {
        FaultKind.Duplicate => SplitMix64.ToRange(hash, MaxDuplicateDelay.Ticks),
        FaultKind.Reorder => 1 + SplitMix64.ToRange(hash, impairment.ReorderDelay.Ticks),
        FaultKind.Corrupt => (long)(hash >> 1),
        FaultKind.Replay => 1 + SplitMix64.ToRange(hash, impairment.ReplayAge.Ticks),
        _ => 0,
    };

    private static ulong Hash(LinkImpairment impairment, in PacketIdentity packet, int kind) =>
        SplitMix64.Hash(impairment.Seed, packet.Flow.Key, packet.Number, kind);
}

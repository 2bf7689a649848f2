using UserTcp.Engine.State;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>An injected fault, as opposed to a fault of the engine itself.</summary>
internal sealed class InjectedFaultException(string where) : Exception($"injected: {where}");

/// <summary>
/// The faults inside one host, until the world heals: exceptions in its engine, failed allocations, refused frames. A
/// hash of seed, kind and number of opportunities decides each one.
/// </summary>
internal sealed class StationFaults(SimulatedWorld world, int index, HostFaults plan) : IFaultInjector
{
    private const int Decision = 1000;
    private const int Allocation = 100;
    private const int Write = 101;
    private const int KindCount = 102;

    private readonly long[] _opportunities = new long[KindCount];

    public void At(FaultPoint point, Tcb? handling)
    {
        if (!Decide((int)point, plan.Exceptions))
            return;
        world.Tally.Add(Happening.InjectedException);
        throw new InjectedFaultException(point.ToString());
    }

    /// <summary>Throws when the allocation of a block fails.</summary>
    public void OnRent()
    {
        if (!Decide(Allocation, plan.FailedAllocations))
            return;
        world.Tally.Add(Happening.FailedAllocation);
        throw new InjectedFaultException("no block");
    }

    /// <summary>Decides whether the device refuses the next frame.</summary>
    public bool DecideRefusedWrite()
    {
        if (!Decide(Write, plan.RefusedWrites))
            return false;
        world.Tally.Add(Happening.RefusedWrite);
        return true;
    }

    private bool Decide(int kind, double probability) =>
        probability > 0 && !world.IsHealed
        && SplitMix64.ToFraction(world.Decide(Decision + (2 * kind) + index, _opportunities[kind]++)) < probability;
}

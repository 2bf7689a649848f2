using UserTcp.Engine.State;
using UserTcp.Simulation.Links;

namespace UserTcp.Simulation.World;

/// <summary>What is planted in an engine instead of a fault of its own.</summary>
internal sealed class InjectedFaultException(string where) : Exception($"injected: {where}");

/// <summary>
/// The faults inside one host, until all is healed: exceptions while its engine handles something, allocations that fail, frames that the
/// device does not take. Each is decided by a hash of the seed, its kind, and how often that kind has been asked about.
/// </summary>
internal sealed class StationFaults(SimulatedWorld world, int index, HostFaults plan) : IFaultInjector
{
    private const int Decision = 1000;
    private const int Allocation = 100;
    private const int Write = 101;
    private const int KindCount = 102;

    private readonly long[] _asked = new long[KindCount];

    public void At(FaultPoint point, Tcb? handling)
    {
        if (!Strikes((int)point, plan.Exceptions))
            return;
        world.Tally.Add(Happening.InjectedException);
        throw new InjectedFaultException(point.ToString());
    }

    /// <summary>Throws when a block is not to be had.</summary>
    public void OnRent()
    {
        if (!Strikes(Allocation, plan.FailedAllocations))
            return;
        world.Tally.Add(Happening.FailedAllocation);
        throw new InjectedFaultException("no block");
    }

    /// <summary>Whether the device refuses the next frame.</summary>
    public bool RefusesWrite()
    {
        if (!Strikes(Write, plan.RefusedWrites))
            return false;
        world.Tally.Add(Happening.RefusedWrite);
        return true;
    }

    private bool Strikes(int kind, double probability) =>
        probability > 0 && !world.IsHealed && Mix.Fraction(world.Decide(Decision + (2 * kind) + index, _asked[kind]++)) < probability;
}

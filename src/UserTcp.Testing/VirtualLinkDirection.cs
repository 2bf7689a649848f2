using UserTcp.Impairment;
using UserTcp.Testing.Running;

namespace UserTcp.Testing;

/// <summary>One direction of a <see cref="VirtualLink"/>. Any thread.</summary>
public sealed class VirtualLinkDirection
{
    private readonly World _world;
    private readonly ImpairedLink _link;
    private readonly Func<LinkImpairment, LinkImpairment> _seed;

    internal VirtualLinkDirection(World world, ImpairedLink link, Func<LinkImpairment, LinkImpairment> seed) =>
        (_world, _link, _seed) = (world, link, seed);

    /// <summary>
    /// Loss, delay and the like of the packets that enter from now on. One without a seed of its own has the network's.
    /// </summary>
    public LinkImpairment Impairment
    {
        get => _link.Impairment;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            lock (_world.Gate)
                _link.Impairment = _seed(value);
        }
    }

    /// <summary>True while this direction drops every packet.</summary>
    public bool IsDown
    {
        get => _link.IsDown;
        set
        {
            lock (_world.Gate)
                _link.IsDown = value;
        }
    }

    /// <summary>What this direction has done so far, in packets.</summary>
    public LinkCounters Counters => _link.Counters;
}

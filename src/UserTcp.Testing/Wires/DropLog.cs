using UserTcp.Testing.Time;

namespace UserTcp.Testing.Wires;

/// <summary>The packets that the network dropped for another reason than a fault.</summary>
/// <param name="clock">The network's clock.</param>
/// <param name="trace">What happened.</param>
/// <param name="names">The hosts' names.</param>
internal sealed class DropLog(VirtualClock clock, VirtualTrace trace, HostNames names)
{
    /// <summary>Max drops that are kept.</summary>
    private const int MaxDrops = 100_000;

    private readonly List<VirtualDrop> _all = [];

    /// <summary>The drops, in order.</summary>
    public IReadOnlyList<VirtualDrop> All => _all;

    /// <summary>True when the test is over: what its hosts send while they end does not matter.</summary>
    public bool IsClosed { get; set; }

    /// <summary>A packet was dropped.</summary>
    public void Add(ReadOnlySpan<byte> frame, string reason)
    {
        if (IsClosed)
            return;
        var packet = new VirtualPacket(frame, clock.Elapsed, names).ToString();
        if (_all.Count < MaxDrops)
            _all.Add(new VirtualDrop(clock.Elapsed, packet, reason));
        trace.Add($"  dropped: {packet}: {reason}");
    }
}

namespace UserTcp.Impairment;

/// <summary>What a link can do to a packet.</summary>
public enum FaultKind
{
    /// <summary>The packet is lost. The amount is 1 in a burst and 0 otherwise.</summary>
    Loss,

    /// <summary>The packet arrives twice. The amount is the delay of the second copy, in ticks of 100 ns.</summary>
    Duplicate,

    /// <summary>
    /// The packet is delayed so that later ones arrive first. The amount is the delay, in ticks of 100 ns.
    /// </summary>
    Reorder,

    /// <summary>1 to 16 bits of the packet are inverted. The amount decides which.</summary>
    Corrupt,

    /// <summary>
    /// The packet arrives, and once more much later. The amount is the delay of the second copy, in ticks of 100 ns.
    /// </summary>
    Replay,

    /// <summary>The packet gets CE (RFC 3168 section 5). The amount is 0.</summary>
    Mark,
}

/// <summary>One fault of one packet.</summary>
/// <param name="Link">The direction: 0 from left to right, or out of a device; 1 for the opposite one.</param>
/// <param name="Packet">The packet's number in its direction, from 0.</param>
/// <param name="Kind">What happens to the packet.</param>
/// <param name="Amount">The parameter of the fault; see <see cref="FaultKind"/>.</param>
public readonly record struct Fault(int Link, long Packet, FaultKind Kind, long Amount);

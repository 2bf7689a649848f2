namespace UserTcp.Impairment;

/// <summary>What a link can do to a packet.</summary>
public enum FaultKind
{
    /// <summary>It is lost; the amount is 1 in a burst, else 0.</summary>
    Loss,

    /// <summary>It arrives twice; the amount is how much later the second one comes, in ticks of 100 ns.</summary>
    Duplicate,

    /// <summary>It is held back while others overtake it; the amount is for how long, in ticks of 100 ns.</summary>
    Reorder,

    /// <summary>1 to 16 of its bits are inverted; the amount says which.</summary>
    Corrupt,

    /// <summary>It arrives, and once more when it is old; the amount is how old, in ticks of 100 ns.</summary>
    Replay,
}

/// <summary>A fault of one packet on one link.</summary>
/// <param name="Link">The link: 0 from left to right, or out of a device; 1 the other way.</param>
/// <param name="Packet">The packet's number on its link, from 0.</param>
/// <param name="Kind">What happens to it.</param>
/// <param name="Amount">How much; see <see cref="FaultKind"/>.</param>
public readonly record struct Fault(int Link, long Packet, FaultKind Kind, long Amount);

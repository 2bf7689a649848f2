using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Congestion;

/// <summary>What one ACK tells a congestion control. The ACK has been taken already: the rest of the state is that after it.</summary>
internal readonly ref struct AckSample
{
    public MonotonicTime Now { get; init; }

    /// <summary>Octets by which SND.UNA has advanced; after a timeout without those that SACK had told of before.</summary>
    public int Acknowledged { get; init; }

    /// <summary>Octets of which the peer has told for the first time that they arrived, in order or not (RFC 2018).</summary>
    public int Delivered { get; init; }

    /// <summary>Octets that have been found lost because of this ACK.</summary>
    public int Lost { get; init; }

    /// <summary>SND.UNA.</summary>
    public SeqNum Una { get; init; }

    /// <summary>SND.NXT.</summary>
    public SeqNum Nxt { get; init; }

    /// <summary>Octets in the network as far as is known: sent, and neither acknowledged nor lost.</summary>
    public long InFlight { get; init; }

    /// <summary>The round trip of the latest segment that this ACK is for; null when it cannot be told (Karn's algorithm).</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>SRTT (RFC 6298).</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>More than half of the window has been in use; a window that has not been tested does not grow.</summary>
    public bool WindowWasUsed { get; init; }

    /// <summary>Lost segments are being repaired. Only a control with <see cref="CongestionControl.OwnsRecovery"/> hears of such ACKs.</summary>
    public bool IsInRecovery { get; init; }

    /// <summary>How fast what this ACK is for was delivered.</summary>
    public DeliveryRate Rate { get; init; }
}

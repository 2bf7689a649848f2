namespace UserTcp.Engine.Contract;

/// <summary>What a sender is doing about losses.</summary>
public enum RecoveryState : byte
{
    /// <summary>Nothing is known to be lost.</summary>
    Open,

    /// <summary>The window comes down for a mark of congestion (RFC 3168) or a loss that a probe has repaired; nothing is lost.</summary>
    WindowReduced,

    /// <summary>Losses that ACKs have shown are being repaired: fast recovery.</summary>
    Recovery,

    /// <summary>The retransmission timer has expired, and what was outstanding then is not all acknowledged.</summary>
    Timeout,

    /// <summary>Everything outstanding is sent again, though not for congestion: it cannot have arrived.</summary>
    RetransmitAll,
}

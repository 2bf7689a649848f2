namespace UserTcp.Engine.Contract;

/// <summary>The states of loss recovery.</summary>
public enum RecoveryState : byte
{
    /// <summary>No segment is known to be lost.</summary>
    Open,

    /// <summary>cwnd is being reduced for ECE (RFC 3168) or for a loss that a TLP repaired; nothing is lost.</summary>
    WindowReduced,

    /// <summary>Fast recovery: losses that ACKs have shown are being repaired.</summary>
    Recovery,

    /// <summary>The RTO has expired, and the data outstanding then is not yet all acknowledged.</summary>
    Timeout,

    /// <summary>
    /// All outstanding data is being retransmitted, though not for congestion: it cannot have arrived.
    /// </summary>
    RetransmitAll,
}

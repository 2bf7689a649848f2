namespace UserTcp.Engine.Contract;

/// <summary>
/// Which connections use explicit congestion notification (RFC 3168). The values are those of Linux's tcp_ecn.
/// </summary>
public enum EcnMode
{
    /// <summary>None.</summary>
    Off = 0,

    /// <summary>Those whose SYN requests ECN; our own SYNs request it.</summary>
    Active = 1,

    /// <summary>Those whose SYN requests ECN; our own SYNs do not.</summary>
    Passive = 2,
}

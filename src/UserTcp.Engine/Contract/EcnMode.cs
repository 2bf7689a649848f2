namespace UserTcp.Engine.Contract;

/// <summary>Which connections use explicit congestion notification (RFC 3168); the numbers are those of Linux's tcp_ecn.</summary>
public enum EcnMode
{
    /// <summary>None.</summary>
    Off = 0,

    /// <summary>Those whose SYN asks for it, and all that we open ask.</summary>
    Active = 1,

    /// <summary>Those whose SYN asks for it; ours do not.</summary>
    Passive = 2,
}

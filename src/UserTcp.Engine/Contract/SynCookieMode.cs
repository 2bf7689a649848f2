namespace UserTcp.Engine.Contract;

/// <summary>
/// When a listener answers a SYN with a SYN cookie instead of a half-open entry (RFC 4987 section 3.6; tcp_syncookies).
/// </summary>
public enum SynCookieMode : byte
{
    /// <summary>Never: a SYN beyond the limits is dropped.</summary>
    Never,

    /// <summary>While half-open connections are at their limit, or memory is short. The default.</summary>
    UnderPressure,

    /// <summary>For each SYN: for tests, and for hosts that keep no state for unverified peers.</summary>
    Always,
}

namespace UserTcp.Engine.Contract;

/// <summary>How a listener shares its port with others.</summary>
[Flags]
public enum ListenFlags
{
    /// <summary>A listener on an address may be open beside one on a wildcard; the exact address goes first.</summary>
    None = 0,

    /// <summary>Listening on :: leaves IPv4 alone (IPV6_V6ONLY, RFC 3493 section 5.3).</summary>
    IPv6Only = 1,

    /// <summary>No other listener may have an address of this one at the same port.</summary>
    Exclusive = 2,
}

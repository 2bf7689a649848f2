using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>The state of Fast Open (RFC 7413) of one connection until its handshake is complete.</summary>
internal sealed class FastOpenState
{
    /// <summary>The option of our SYN,ACK: a cookie for a peer that requested one or sent an invalid one.</summary>
    public FastOpenCookie Answer;

    /// <summary>
    /// The listener whose pending requests count this one: the SYN had a valid cookie, and the connection is usable.
    /// </summary>
    public Listener? Pending;

    /// <summary>Our SYN had a cookie or a request for one.</summary>
    public bool IsTried;
}

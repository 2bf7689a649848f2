using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>What a connection keeps of Fast Open (RFC 7413) until its handshake is complete.</summary>
internal sealed class FastOpenState
{
    /// <summary>The option of our SYN,ACK: a cookie for a peer that has asked for one, or has shown a wrong one.</summary>
    public FastOpenCookie Answer;

    /// <summary>The listener among whose pending requests this one counts: its peer's text has been taken, and it may be used at once.</summary>
    public Listener? Pending;

    /// <summary>Our SYN has gone out with a cookie or a request for one.</summary>
    public bool IsTried;
}

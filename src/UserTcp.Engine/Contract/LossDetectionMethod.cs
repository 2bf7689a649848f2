namespace UserTcp.Engine.Contract;

/// <summary>How a sender that is told of what has arrived (SACK) finds out what has not.</summary>
public enum LossDetectionMethod : byte
{
    /// <summary>By time: what was sent sufficiently before something that has arrived (RACK, RFC 8985).</summary>
    Rack,

    /// <summary>By number: what three later segments have overtaken (RFC 6675).</summary>
    Sack,
}

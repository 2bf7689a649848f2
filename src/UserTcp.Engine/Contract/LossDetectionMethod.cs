namespace UserTcp.Engine.Contract;

/// <summary>How a sender detects losses with SACK.</summary>
public enum LossDetectionMethod : byte
{
    /// <summary>By time: a segment sent sufficiently before one that was delivered is lost (RACK, RFC 8985).</summary>
    Rack,

    /// <summary>By count: a segment with three later segments SACKed is lost (RFC 6675).</summary>
    Sack,
}

namespace UserTcp.Engine.Contract;

/// <summary>The congestion control algorithm.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>Slow start and congestion avoidance (RFC 5681).</summary>
    NewReno,

    /// <summary>
    /// BBR version 3 (draft-ietf-ccwg-bbr): follows the delivery rate and RTT of the path rather than losses.
    /// </summary>
    Bbr,
}

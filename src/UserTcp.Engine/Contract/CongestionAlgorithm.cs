namespace UserTcp.Engine.Contract;

/// <summary>Which algorithm decides how much may be in flight.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>Slow start and congestion avoidance of RFC 5681.</summary>
    NewReno,

    /// <summary>BBR version 3 (draft-ietf-ccwg-bbr), which goes by the path's rate and round trip rather than by losses.</summary>
    Bbr,
}

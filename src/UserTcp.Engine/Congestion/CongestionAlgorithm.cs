namespace UserTcp.Engine.Congestion;

/// <summary>Which algorithm decides how much may be in flight.</summary>
public enum CongestionAlgorithm : byte
{
    /// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406).</summary>
    Cubic,

    /// <summary>Slow start and congestion avoidance of RFC 5681.</summary>
    NewReno,
}

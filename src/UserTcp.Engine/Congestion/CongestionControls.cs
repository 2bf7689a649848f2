namespace UserTcp.Engine.Congestion;

/// <summary>The congestion controls there are.</summary>
internal static class CongestionControls
{
    public static CongestionControl Create(CongestionAlgorithm algorithm) => algorithm switch
    {
        CongestionAlgorithm.Cubic => new Cubic(),
        CongestionAlgorithm.NewReno => new NewReno(),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, $"There is no congestion control {algorithm}."),
    };
}

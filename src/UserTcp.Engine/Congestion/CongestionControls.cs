using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>The congestion controls there are.</summary>
internal static class CongestionControls
{
    /// <param name="algorithm">Which one.</param>
    /// <param name="seed">What it may take its randomness from: a number of the connection's own that nobody can guess.</param>
    public static CongestionControl Create(CongestionAlgorithm algorithm, ulong seed) => algorithm switch
    {
        CongestionAlgorithm.Cubic => new Cubic(),
        CongestionAlgorithm.NewReno => new NewReno(),
        CongestionAlgorithm.Bbr => new Bbr(seed),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, $"There is no congestion control {algorithm}."),
    };
}

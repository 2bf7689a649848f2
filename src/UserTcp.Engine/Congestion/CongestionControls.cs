using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Congestion;

/// <summary>The factories of the built-in congestion controls.</summary>
internal static class CongestionControls
{
    private static readonly CongestionControlFactory Cubic = new("cubic", static _ => new Cubic());
    private static readonly CongestionControlFactory NewReno = new("newreno", static _ => new NewReno());
    private static readonly CongestionControlFactory Bbr = new("bbr", static seed => new Bbr(seed));

    /// <summary>The factory of an algorithm.</summary>
    public static CongestionControlFactory Of(CongestionAlgorithm algorithm) => algorithm switch
    {
        CongestionAlgorithm.Cubic => Cubic,
        CongestionAlgorithm.NewReno => NewReno,
        CongestionAlgorithm.Bbr => Bbr,
        _ => throw new ArgumentOutOfRangeException(
            nameof(algorithm), algorithm, $"There is no congestion control {algorithm}."),
    };
}

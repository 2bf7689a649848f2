using System.Runtime.InteropServices;

namespace UserTcp.Engine.Loss;

/// <summary>The <see cref="RttEstimator"/> of a parked connection, in half the bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct PackedRtt
{
    private uint _smoothed;
    private uint _variation;
    private uint _shortest;
    private PackedTime _shortestSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>False when a time is longer than 32 bits hold in ticks of 100 ns, which is seven minutes.</summary>
    public static bool TryPack(in RttEstimator rtt, MonotonicTime reference, out PackedRtt packed)
    {
        packed = new PackedRtt
        {
            _smoothed = unchecked((uint)rtt.Smoothed.Ticks),
            _variation = unchecked((uint)rtt.Variation.Ticks),
            _shortest = unchecked((uint)rtt.Shortest.Ticks),
            _backoff = rtt.Backoff,
            _isSynLost = rtt.IsSynLost,
        };
        return IsShort(rtt.Smoothed) && IsShort(rtt.Variation) && IsShort(rtt.Shortest)
            && PackedTime.TryPack(rtt.ShortestSince, reference, out packed._shortestSince);
    }

    public readonly RttEstimator Unpack(MonotonicTime reference) => new(
        TimeSpan.FromTicks(_smoothed), TimeSpan.FromTicks(_variation), TimeSpan.FromTicks(_shortest), _shortestSince.Unpack(reference), _backoff,
        _isSynLost);

    private static bool IsShort(TimeSpan span) => span.Ticks is >= 0 and <= uint.MaxValue;
}

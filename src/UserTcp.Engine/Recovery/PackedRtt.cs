using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Recovery;

/// <summary>The <see cref="RttEstimator"/> of a parked connection, in half the bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct PackedRtt
{
    private uint _srtt;
    private uint _rttVar;
    private uint _minRtt;
    private PackedTime _minRttSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>False when a time is longer than 32 bits hold in ticks of 100 ns, which is seven minutes.</summary>
    public static bool TryPack(in RttEstimator rtt, MonotonicTime reference, out PackedRtt packed)
    {
        packed = new PackedRtt
        {
            _srtt = unchecked((uint)rtt.Srtt.Ticks),
            _rttVar = unchecked((uint)rtt.RttVar.Ticks),
            _minRtt = unchecked((uint)rtt.MinRtt.Ticks),
            _backoff = rtt.Backoff,
            _isSynLost = rtt.IsSynLost,
        };
        return IsShort(rtt.Srtt) && IsShort(rtt.RttVar) && IsShort(rtt.MinRtt)
            && PackedTime.TryPack(rtt.MinRttSince, reference, out packed._minRttSince);
    }

    public readonly RttEstimator Unpack(MonotonicTime reference) => new(
        TimeSpan.FromTicks(_srtt), TimeSpan.FromTicks(_rttVar), TimeSpan.FromTicks(_minRtt), _minRttSince.Unpack(reference), _backoff,
        _isSynLost);

    private static bool IsShort(TimeSpan span) => span.Ticks is >= 0 and <= uint.MaxValue;
}

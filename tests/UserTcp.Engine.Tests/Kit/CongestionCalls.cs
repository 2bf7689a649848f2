using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>The calls on a congestion control in a few words.</summary>
internal static class CongestionCalls
{
    public static void OnAcknowledged(this CongestionControl control, int octets, bool windowWasUsed) =>
        control.OnAcknowledged(new AckSample { Acknowledged = octets, Delivered = octets, WindowWasUsed = windowWasUsed });

    public static void OnLoss(this CongestionControl control, long flightSize) =>
        control.OnCongestion(CongestionEvent.Loss, flightSize, MonotonicTime.Zero);

    public static void OnTimeout(this CongestionControl control, long flightSize, bool isFirst) =>
        control.OnTimeout(flightSize, isFirst, MonotonicTime.Zero);

    public static void OnIdle(this CongestionControl control) => control.OnIdle(MonotonicTime.Zero);
}

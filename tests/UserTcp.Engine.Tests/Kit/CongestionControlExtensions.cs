using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>Calls on a congestion control with default arguments.</summary>
internal static class CongestionControlExtensions
{
    public static void OnAcknowledged(this CongestionControl control, int bytes, bool windowWasUsed) =>
        control.OnAcknowledged(
            new AckSample { Acknowledged = bytes, Delivered = bytes, WindowWasUsed = windowWasUsed });

    public static void OnLoss(this CongestionControl control, long flightSize) =>
        control.OnCongestion(CongestionEvent.Loss, flightSize, MonotonicTime.Zero);

    public static void OnTimeout(this CongestionControl control, long flightSize, bool isFirst) =>
        control.OnTimeout(flightSize, isFirst, MonotonicTime.Zero);

    public static void OnIdle(this CongestionControl control) => control.OnIdle(MonotonicTime.Zero);
}

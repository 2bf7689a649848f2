using UserTcp.Engine.Contract;

namespace UserTcp.Loop;

/// <summary>The options of a stack that concern its loops.</summary>
/// <param name="Engine">The engine's options.</param>
/// <param name="SpinTime">See <see cref="UserTcpStackOptions.SpinTime"/>.</param>
/// <param name="IdleTrimInterval">See <see cref="UserTcpStackOptions.IdleTrimInterval"/>.</param>
/// <param name="FlightRecorderFrames">See <see cref="UserTcpStackOptions.FlightRecorderFrames"/>.</param>
/// <param name="Clock">The clock of all loops.</param>
/// <param name="HasThreads">False when a runner runs the loops.</param>
internal sealed record LoopSettings(
    EngineOptions Engine, TimeSpan SpinTime, TimeSpan IdleTrimInterval, int FlightRecorderFrames, LoopClock Clock,
    bool HasThreads);

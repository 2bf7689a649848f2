using System.Diagnostics.Metrics;
using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;

namespace UserTcp;

/// <summary>The options of a stack.</summary>
public sealed class UserTcpStackOptions
{
    /// <summary>The default of <see cref="FlightRecorderFrames"/>.</summary>
    public const int DefaultFlightRecorderFrames = 2048;

    /// <summary>The max of <see cref="FlightRecorderFrames"/>.</summary>
    public const int MaxFlightRecorderFrames = 1 << 20;

    /// <summary>
    /// The link. The stack owns it from <see cref="UserTcpStack.StartAsync"/> on, also when that fails. For each of its
    /// <see cref="ILinkDevice.Queues"/> the stack has an engine and a thread, with an equal part of the engine's
    /// limits.
    /// </summary>
    public required ILinkDevice Device { get; init; }

    /// <summary>The host's own addresses, one or more, of IPv4 and IPv6.</summary>
    public IList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The engine's limits, times and defaults.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>
    /// The engine's secrets; null draws new ones from the system's cryptographic source. Fixed secrets are for tests
    /// only.
    /// </summary>
    public EngineKeys? Keys { get; init; }

    /// <summary>
    /// True runs continuations on the loop's own thread: min latency, for handlers that never block. False (the
    /// default) runs them on the thread pool. Each listener and each connection may override it.
    /// </summary>
    public bool InlineContinuations { get; init; }

    /// <summary>
    /// The time of the engine and of the stack's delays; the system's by default. Only loops with a
    /// <see cref="LoopRunner"/> may have another: a thread rests in real time. Blocking reads and writes wait in real
    /// time as well.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Runs the stack's loops, which then have no threads of their own; null for a thread for each. Blocking reads and
    /// writes wait until another thread runs the loop.
    /// </summary>
    public IUserTcpLoopRunner? LoopRunner { get; init; }

    /// <summary>
    /// How long the loop polls the device for frames before it sleeps, when its last sleep was about as short: waking
    /// up takes tens of microseconds. An idle loop does not poll, and polling yields to other threads. 50 µs by
    /// default; 0 sleeps at once.
    /// </summary>
    public TimeSpan SpinTime { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// Observes every event from the first on; called on a loop's thread, by one thread at a time, so it must be
    /// quick. When it throws, it is not called again, and <see cref="ObserverFailed"/> is called.
    /// </summary>
    public IEngineObserver? Observer { get; init; }

    /// <summary>
    /// Records the inputs of the engines, so that <see cref="UserTcpReplay"/> can run them again; null records nothing.
    /// A congestion control of the application's own is refused with <see cref="NotSupportedException"/>.
    /// </summary>
    public UserTcpRecording? Recording { get; init; }

    /// <summary>
    /// Creates the stack's meter (<see cref="UserTcpTelemetry.MeterName"/>) and owns it; null for a meter that ends
    /// with the stack.
    /// </summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Called on the thread pool with the exception of <see cref="Observer"/>.</summary>
    public Action<Exception>? ObserverFailed { get; init; }

    /// <summary>
    /// Max concurrent watchers (<see cref="UserTcpStack.WatchAsync"/>); a further one is refused. A watcher that does
    /// not read holds 4,096 events, 2.3 MiB. 0 refuses all; 16 by default.
    /// </summary>
    public int MaxWatchers { get; init; } = 16;

    /// <summary>
    /// How long a block is idle before the stack drops it. When much was dropped and the stack is idle, a full
    /// collection returns the memory to the system, at most every 30 s. 5 s by default;
    /// <see cref="Timeout.InfiniteTimeSpan"/> keeps all.
    /// </summary>
    public TimeSpan IdleTrimInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Frames whose headers each loop keeps, to show with a fault those of its connection: 128 bytes each, 0 keeps
    /// none. Max 2^20.
    /// </summary>
    public int FlightRecorderFrames { get; init; } = DefaultFlightRecorderFrames;

    /// <summary>
    /// Called on the thread pool with each distinct fault that reset a connection or dropped a frame
    /// (<see cref="EngineOptions.MaxConnectionFaults"/>); must not throw. <see cref="UserTcpStack.GetFaults"/> counts
    /// the faults.
    /// </summary>
    public Action<UserTcpFault>? FaultContained { get; init; }

    /// <summary>Resolves the names of <see cref="DnsEndPoint"/>s; null uses the system's resolver.</summary>
    public UserTcpNameResolver? Resolver { get; init; }

    /// <summary>
    /// How long <see cref="UserTcpStack.DisposeAsync"/> waits for peers to acknowledge what connections have sent,
    /// before it resets them. 1 s by default.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(1);
}

using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;

namespace UserTcp;

/// <summary>What a stack is made of.</summary>
public sealed class UserTcpStackOptions
{
    /// <summary><see cref="FlightRecorderFrames"/> unless set.</summary>
    public const int DefaultFlightRecorderFrames = 2048;

    /// <summary>The largest value of <see cref="FlightRecorderFrames"/>.</summary>
    public const int MaxFlightRecorderFrames = 1 << 20;

    /// <summary>
    /// The link. The stack owns it from <see cref="UserTcpStack.StartAsync"/> on, also when that fails. For each of its
    /// <see cref="ILinkDevice.Queues"/> the stack has an engine and a thread; of the engine's limits each has a part.
    /// </summary>
    public required ILinkDevice Device { get; init; }

    /// <summary>The host's own addresses, IPv4 and IPv6 in any number; at least one.</summary>
    public IList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The engine's limits, times and defaults.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>The engine's secrets; null draws new ones from the system's cryptographic source. Fixed ones are for tests only.</summary>
    public EngineKeys? Keys { get; init; }

    /// <summary>
    /// True runs what awaits a connection on the loop's own thread: the least latency, for handlers that never block.
    /// False (the default) runs it on the thread pool. Each listener and each connection may have it otherwise.
    /// </summary>
    public bool InlineContinuations { get; init; }

    /// <summary>
    /// How long the loop goes on asking the device for frames before it sleeps, where its last sleep was about as short: to be woken
    /// takes the kernel tens of microseconds. It never keeps a CPU busy while nothing comes, and lets other threads go first. 50 µs
    /// unless set; 0 sleeps at once.
    /// </summary>
    public TimeSpan SpinTime { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// Watches the engine from the first segment on; called on the loop's thread, by one at a time, so it must be quick. When it throws, it
    /// is not called again, and <see cref="ObserverFailed"/> is.
    /// </summary>
    public IEngineObserver? Observer { get; init; }

    /// <summary>Told, on the thread pool, what <see cref="Observer"/> has thrown.</summary>
    public Action<Exception>? ObserverFailed { get; init; }

    /// <summary>
    /// Those who may watch with <see cref="UserTcpStack.WatchAsync"/> at a time; a further one is refused. Each that does not read holds its
    /// last 4,096 observations, about a MiB. 0 refuses all; 16 unless set.
    /// </summary>
    public int MaxWatchers { get; init; } = 16;

    /// <summary>
    /// How long a block has to lie idle before the stack drops it. When much was dropped and nothing goes on, memory is given back to the
    /// system, which takes a full collection, at most every 30 s. 5 s unless set; <see cref="Timeout.InfiniteTimeSpan"/> keeps all.
    /// </summary>
    public TimeSpan IdleTrimInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Frames whose headers each loop keeps, so that a fault can show those of its connection: 128 bytes each, 0 keeps none. At most 2^20.
    /// </summary>
    public int FlightRecorderFrames { get; init; } = DefaultFlightRecorderFrames;

    /// <summary>
    /// Told, on the thread pool, of a fault that cost a connection or a frame (<see cref="EngineOptions.MaxConnectionFaults"/>), each distinct
    /// one once; must not throw. <see cref="UserTcpStack.GetFaults"/> counts them.
    /// </summary>
    public Action<UserTcpFault>? FaultContained { get; init; }

    /// <summary>Host name to addresses; null asks the system.</summary>
    internal Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>>? Resolver { get; init; }

    /// <summary>How long <see cref="UserTcpStack.DisposeAsync"/> lets connections drain before it resets them.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(1);
}

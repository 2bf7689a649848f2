using System.Net;
using Microsoft.Extensions.Time.Testing;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Impairment;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Recording.Kit;

/// <summary>
/// A client's and a server's stack over a bad link in virtual time, both recorded. The test's thread runs all loops.
/// </summary>
internal sealed class DrivenPair : IUserTcpLoopRunner
{
    public static readonly IPAddress ClientAddress = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");
    public static readonly IPEndPoint Service = new(ServerAddress, 80);

    private static readonly TimeSpan MaxStep = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MinStep = TimeSpan.FromMicroseconds(50);

    private readonly List<UserTcpLoop> _loops = [];
    private readonly FakeTimeProvider _time = new();

    private DrivenPair(DrivenOptions options)
    {
        var (near, far) = InMemoryLink.CreatePair(options.Link);
        ILinkDevice device = options.Impair is { } impair
            ? new ImpairedDevice(near, LinkImpairment.Parse(impair), clock: _time)
            : near;
        Client = Start(device, ClientAddress, options, ClientRecord);
        Server = Start(far, ServerAddress, options, ServerRecord);
    }

    /// <summary>Virtual time.</summary>
    public TimeProvider Time => _time;

    public UserTcpStack Client { get; }

    public UserTcpStack Server { get; }

    public RunRecord ClientRecord { get; } = new();

    public RunRecord ServerRecord { get; } = new();

    /// <summary>Runs an application on both stacks, ends the stacks, and returns what happened.</summary>
    public static DrivenPair Run(DrivenOptions options, Func<DrivenPair, Task> application)
    {
        var pair = new DrivenPair(options);
        try
        {
            pair.RunUntil(Task.Run(() => application(pair)));
        }
        finally
        {
            pair.RunUntil(Task.Run(async () =>
            {
                await pair.Client.DisposeAsync();
                await pair.Server.DisposeAsync();
            }));
        }

        return pair;
    }

    /// <summary>Keys with which the ISN of the client, and that of the server, are just below a number.</summary>
    public static EngineKeys KeysNear(uint boundary, ulong seed, int clientPort)
    {
        var tuple = new FourTuple(
            IpAddress.From(ClientAddress), new Port((ushort)clientPort), IpAddress.From(ServerAddress), new Port(80));
        for (var key = seed << 32; ; key++)
        {
            var iss = (uint)SipHash24.Hash(new SipKey(key, seed), tuple);
            if (unchecked(boundary - iss) is > 2_000 and < 40_000)
            {
                return new EngineKeys(
                    new SipKey(key, seed), new SipKey(seed, 3), new SipKey(seed, 4), new SipKey(seed, 5),
                    new SipKey(seed, 6), new SipKey(seed, 7), new SipKey(seed, 8));
            }
        }
    }

    public void Add(UserTcpLoop loop) => _loops.Add(loop);

    /// <summary>Lets virtual time pass until a task has ended, and rethrows what it has thrown.</summary>
    private void RunUntil(Task task)
    {
        for (var steps = 0; !task.IsCompleted; steps++)
        {
            Assert.True(steps < 3_000_000, "The run does not end.");
            var rest = MaxStep;
            foreach (var loop in _loops)
            {
                if (!loop.HasEnded && loop.RunUntilIdle() is var idle && idle < rest && idle >= TimeSpan.Zero)
                    rest = idle;
            }

            _time.Advance(rest < MinStep ? MinStep : rest);
            // Continuations that are not inline get a turn.
            if (steps % 64 == 0)
                Thread.Yield();
        }

        task.GetAwaiter().GetResult();
    }

    private UserTcpStack Start(ILinkDevice device, IPAddress address, DrivenOptions options, RunRecord record) =>
        UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            Addresses = [address],
            Keys = options.Keys,
            InlineContinuations = true,
            TimeProvider = _time,
            LoopRunner = this,
            Observer = record,
            IdleTrimInterval = Timeout.InfiniteTimeSpan,
            ShutdownTimeout = TimeSpan.FromSeconds(5),
            Recording = new UserTcpRecording(record.File) { MaxLength = options.MaxLength, Ended = record.OnEnded },
            Engine = options.Engine(),
        }).AsTask().GetAwaiter().GetResult();
}

internal sealed record DrivenOptions
{
    public LinkProperties Link { get; init; } = new(LinkProperties.DefaultMtu);

    public string? Impair { get; init; }

    public EngineKeys? Keys { get; init; }

    public long MaxLength { get; init; } = UserTcpRecording.DefaultMaxLength;

    public Func<EngineOptions> Engine { get; init; } = static () => new EngineOptions
    {
        MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
        MaxConnectionFaults = 0,
    };
}

/// <summary>What one stack has done, and its recording.</summary>
internal sealed class RunRecord : IEngineObserver
{
    private readonly Lock _gate = new();

    /// <summary>The recording. It can be read after it was closed.</summary>
    public MemoryStream File { get; } = new();

    public List<TraceEvent> Events { get; } = [];

    public Exception? Ended { get; private set; }

    public void OnEnded(Exception reason) => Ended = reason;

    public void OnEvent(in TraceEvent traceEvent)
    {
        lock (_gate)
            Events.Add(traceEvent);
    }

    /// <summary>The events of the replay, which must not differ from the recording.</summary>
    public static List<TraceEvent> Replay(byte[] file, bool mayBeCut = false)
    {
        using var replay = UserTcpReplay.Open(new MemoryStream(file));
        var events = new List<TraceEvent>();
        while (replay.TryRead(out var traceEvent))
            events.Add(traceEvent);
        Assert.Null(replay.Difference);
        Assert.True(mayBeCut || replay.IsComplete);
        return events;
    }

    /// <summary>The replay has the same events, one by one.</summary>
    public void AssertReplayIsEqual()
    {
        Assert.Null(Ended);
        var replayed = Replay(File.ToArray());
        for (var i = 0; i < Math.Min(Events.Count, replayed.Count); i++)
        {
            if (Events[i] != replayed[i])
                Assert.Fail($"Event {i + 1}:\n{Events[i]}\n{replayed[i]}");
        }

        Assert.Equal(Events.Count, replayed.Count);
        Assert.NotEmpty(replayed);
    }
}

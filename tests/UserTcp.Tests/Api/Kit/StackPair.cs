using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;

namespace UserTcp.Tests.Api.Kit;

/// <summary>Options of a pair of stacks; the defaults are those of the API, with shorter times.</summary>
internal sealed class PairOptions
{
    public LinkProperties Link { get; init; } = new(LinkProperties.DefaultMtu, ChecksumOffload: true);

    /// <summary>Queues of both ends: with more than one, each frame arrives at any of them.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Queues of the client's end, where they differ.</summary>
    public int? ClientQueues { get; init; }

    public int MaxConnections { get; init; } = new EngineOptions().MaxConnections;

    public bool InlineContinuations { get; init; }

    public TimeSpan MaxSegmentLifetime { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MinRto { get; init; } = new EngineOptions().MinRto;

    /// <summary>Zero, so that no test waits at its end for what is left.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.Zero;

    public int BufferSize { get; init; } = 1 << 20;

    public bool Timestamps { get; init; }

    public long? ServerMaxMemory { get; init; }

    public int MaxWatchers { get; init; } = 16;

    /// <summary>Short, so that connections are parked and unparked in every test.</summary>
    public TimeSpan ParkAfter { get; init; } = TimeSpan.FromMilliseconds(5);

    public Func<ILinkDevice, ILinkDevice> ClientDevice { get; init; } = device => device;

    public Func<ILinkDevice, ILinkDevice> ServerDevice { get; init; } = device => device;

    public IEngineObserver? ServerObserver { get; init; }

    public UserTcpRecording? ServerRecording { get; init; }

    public Action<Exception>? ServerObserverFailed { get; init; }

    /// <summary>Called with contained faults of either stack.</summary>
    public Action<UserTcpFault>? FaultContained { get; init; }

    public int FlightRecorderFrames { get; init; } = UserTcpStackOptions.DefaultFlightRecorderFrames;

    public int MaxConnectionFaults { get; init; } = new EngineOptions().MaxConnectionFaults;

    public Func<string, IPAddress[]>? Resolver { get; init; }
}

/// <summary>
/// A client's and a server's stack on the two ends of a link in memory. Disposing of the pair ends open connections.
/// </summary>
internal sealed class StackPair : IAsyncDisposable
{
    public static readonly IPAddress ClientIPv4 = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress ServerIPv4 = IPAddress.Parse("198.18.0.2");
    public static readonly IPAddress ClientIPv6 = IPAddress.Parse("2001:db8:75::1");
    public static readonly IPAddress ServerIPv6 = IPAddress.Parse("2001:db8:75::2");

    private StackPair(UserTcpStack client, UserTcpStack server)
    {
        Client = client;
        Server = server;
    }

    public UserTcpStack Client { get; }

    public UserTcpStack Server { get; }

    public static async Task<StackPair> StartAsync(PairOptions? options = null)
    {
        options ??= new PairOptions();
        var (a, b) = options.Queues == 1
            ? InMemoryLink.CreatePair(options.Link)
            : ScatteringLink.CreatePair(options.ClientQueues ?? options.Queues, options.Queues, options.Link);
        var client = await StartAsync(options.ClientDevice(a), [ClientIPv4, ClientIPv6], options, observer: null);
        var server = await StartAsync(
            options.ServerDevice(b), [ServerIPv4, ServerIPv6], options, options.ServerObserver,
            options.ServerMaxMemory, options.ServerRecording);
        return new StackPair(client, server);
    }

    public static ValueTask<UserTcpStack> StartAsync(
        ILinkDevice device, IList<IPAddress> addresses, PairOptions options, IEngineObserver? observer = null,
        long? maxMemory = null, UserTcpRecording? recording = null) =>
        UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            // Fixed keys, so that connections get the same queues in every run.
            Keys = device.Queues.Count > 1 ? EngineKeys.FromSecret(new byte[EngineKeys.SecretLength]) : null,
            Addresses = addresses,
            InlineContinuations = options.InlineContinuations,
            Observer = observer,
            Recording = recording,
            ObserverFailed = options.ServerObserverFailed,
            FaultContained = options.FaultContained,
            FlightRecorderFrames = options.FlightRecorderFrames,
            Resolver = options.Resolver is { } resolve ? (host, _, _) => Task.FromResult(resolve(host)) : null,
            ShutdownTimeout = options.ShutdownTimeout,
            MaxWatchers = options.MaxWatchers,
            Engine = new EngineOptions
            {
                MaxSegmentLifetime = options.MaxSegmentLifetime,
                MinRto = options.MinRto,
                MaxConnections = options.MaxConnections,
                MaxMemory = maxMemory,
                MaxConnectionFaults = options.MaxConnectionFaults,
                ReceiveBufferSize = options.BufferSize,
                SendBufferSize = options.BufferSize,
                Timestamps = options.Timestamps,
                SynCookies = ForcedCookies.AreOn ? SynCookieMode.Always : SynCookieMode.UnderPressure,
                ParkAfter = options.ParkAfter,
            },
        });

    public Task<UserTcpListener> ListenAsync(int port = 0) =>
        Server.ListenAsync(new IPEndPoint(ServerIPv4, port)).OrFail();

    /// <summary>Opens a connection, and returns both ends.</summary>
    public async Task<(UserTcpConnection Client, UserTcpConnection Server)> ConnectAsync()
    {
        await using var listener = await ListenAsync();
        return await ConnectAsync(listener);
    }

    public async Task<(UserTcpConnection Client, UserTcpConnection Server)> ConnectAsync(UserTcpListener listener)
    {
        var accept = listener.AcceptConnectionAsync().OrFail();
        var client = await Client.ConnectAsync(listener.LocalEndPoint).OrFail();
        return (client, await accept);
    }

    /// <summary>Waits until neither stack has a connection, not even in TIME-WAIT, nor memory in use.</summary>
    public async Task NothingLeftAsync()
    {
        await NothingLeftAsync(Client, "client");
        await NothingLeftAsync(Server, "server");
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static async Task NothingLeftAsync(UserTcpStack stack, string name)
    {
        await Until.TrueAsync(
            () => stack.GetConnections().All(connection => connection.State == TcpState.Listen),
            $"the {name} has no connection left");
        await stack.BlocksGoneAsync();
    }
}

/// <summary>Waits for states of a stack.</summary>
internal static class StackExtensions
{
    /// <summary>Waits until a stack has no memory in use.</summary>
    public static Task BlocksGoneAsync(this UserTcpStack stack) =>
        Until.TrueAsync(() => stack.BlocksRented == 0, $"no block is left, there were {stack.BlocksRented}");
}

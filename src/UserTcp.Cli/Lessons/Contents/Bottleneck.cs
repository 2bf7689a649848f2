using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Simulation;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>Senders on a slow link: one in virtual time, or several that share it for real.</summary>
internal static class Bottleneck
{
    private const int BitsPerSecond = 10_000_000;
    private const int ChunkLength = 64 << 10;

    /// <summary>10 Mbit/s, 10 ms of round trip, and a queue of 20 packets.</summary>
    private const string Link = "rate=10mbit,queue=20,delay=5ms";

    /// <summary>
    /// One sender in virtual time, with UserTcp at both ends: the same run each time, however busy the machine is.
    /// </summary>
    public static SenderRun Simulate(CongestionAlgorithm algorithm, TimeSpan time)
    {
        var samples = new List<(MonotonicTime Time, ConnectionVitals Vitals)>();
        var scenario = new Scenario
        {
            Client = Host(algorithm),
            Server = Host(algorithm),
            ToServer = LinkImpairment.Parse(Link),
            ToClient = LinkImpairment.Parse(Link),
            Connections =
            [
                new ConnectionPlan
                {
                    Client = new EndPlan
                    {
                        Octets = (long)(BitsPerSecond / 8 * time.TotalSeconds),
                        WriteSize = ChunkLength,
                    },
                },
            ],
        };
        var report = Simulator.Run(scenario, new SimulationOptions
        {
            Trace = simulated =>
            {
                if (simulated is { Host: "client", Event: { Vitals: { } vitals } traceEvent }
                    && (samples.Count == 0 || traceEvent.Time - samples[0].Time <= time))
                {
                    samples.Add((traceEvent.Time, vitals));
                }
            },
        });
        if (report.Violation is { } violation)
            throw new LessonException($"the simulation failed: {violation}");
        var bytes = samples[^1].Vitals.SndUna - samples[0].Vitals.SndUna;
        return new SenderRun(algorithm, samples, ShareOf(bytes, time));
    }

    /// <summary>
    /// Lets senders of UserTcp send to the kernel at once for a time, each over a connection of its own.
    /// </summary>
    public static async Task<IReadOnlyList<SenderRun>> RunAsync(
        LessonStage stage, TimeSpan time, params CongestionAlgorithm[] algorithms)
    {
        await using var network = await stage.StartAsync(Link);
        var connections = new List<LessonConnection>();
        foreach (var algorithm in algorithms)
            connections.Add(await network.StackOpensAsync(stage.Cancelled, congestion: algorithm));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stage.Cancelled);
        end.CancelAfter(time);
        var bytes = await Task.WhenAll(connections.Select(async connection =>
        {
            var sending = SendAsync(connection, end.Token);
            var read = await ReadAsync(connection, end.Token);
            await sending;
            return read;
        }));
        stage.Cancelled.ThrowIfCancellationRequested();
        return
        [
            .. connections.Select((connection, index) => new SenderRun(
                algorithms[index],
                [
                    .. network.Events(connection.Tuple).Where(one => one.Event.Vitals is not null)
                        .Select(one => (one.Event.Time, one.Event.Vitals!.Value)),
                ],
                ShareOf(bytes[index], time))),
        ];
    }

    private static HostPlan Host(CongestionAlgorithm algorithm) => new()
    {
        ReceiveBuffer = 1 << 20,
        SendBuffer = 1 << 20,
        Timestamps = true,
        Sack = true,
        CongestionControl = algorithm,
    };

    private static double ShareOf(long bytes, TimeSpan time) => bytes * 8 / (BitsPerSecond * time.TotalSeconds);

    private static async Task SendAsync(LessonConnection connection, CancellationToken end)
    {
        var chunk = Payload.Of(ChunkLength);
        try
        {
            while (true)
                await connection.Stack.GetStream().WriteAsync(chunk, end);
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private static async Task<long> ReadAsync(LessonConnection connection, CancellationToken end)
    {
        var (buffer, bytes) = (new byte[ChunkLength], 0L);
        try
        {
            while (await connection.Kernel.ReceiveAsync(buffer, end) is > 0 and var count)
                bytes += count;
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        return bytes;
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>What one sender did on a bottleneck.</summary>
/// <param name="Algorithm">Its congestion control.</param>
/// <param name="Events">Its events.</param>
/// <param name="Bytes">Bytes that the receiver has read.</param>
internal sealed record SenderRun(CongestionAlgorithm Algorithm, IReadOnlyList<ExplainedEvent> Events, long Bytes)
{
    private const string Levels = " ▁▂▃▄▅▆▇█";

    /// <summary>The mean SRTT over all events that have one.</summary>
    public TimeSpan MeanRtt
    {
        get
        {
            var samples = Vitals().Where(one => one.Srtt > TimeSpan.Zero).Select(one => one.Srtt.TotalMilliseconds);
            return TimeSpan.FromMilliseconds(samples.DefaultIfEmpty().Average());
        }
    }

    /// <summary>For each loss recovery: ssthresh behind its begin, divided by cwnd before.</summary>
    public IReadOnlyList<double> Reductions()
    {
        var ratios = new List<double>();
        ConnectionVitals? last = null;
        foreach (var vitals in Vitals())
        {
            if (last is { Recovery: not RecoveryState.Recovery } before && vitals.Recovery == RecoveryState.Recovery)
                ratios.Add((double)vitals.Ssthresh / before.Cwnd);
            last = vitals;
        }

        return ratios;
    }

    /// <summary>cwnd over the time, as a line of blocks.</summary>
    public string Curve(int columns)
    {
        var samples = Events.Where(one => one.Event.Vitals is not null).ToArray();
        if (samples.Length == 0)
            return "";
        var (start, length) = (samples[0].Event.Time, (samples[0].To(samples[^1])) / columns);
        var values = new long[columns];
        var next = 0;
        for (var column = 0; column < columns; column++)
        {
            while (next + 1 < samples.Length && samples[next].Event.Time - start < length * (column + 1))
                next++;
            values[column] = samples[next].Event.Vitals!.Value.Cwnd;
        }

        var max = Math.Max(values.Max(), 1);
        return string.Concat(values.Select(value => Levels[(int)(value * (Levels.Length - 1) / max)]));
    }

    private IEnumerable<ConnectionVitals> Vitals() => Events.Select(one => one.Event.Vitals).OfType<ConnectionVitals>();
}

/// <summary>Senders of the stack that share one slow link to the kernel.</summary>
internal static class Bottleneck
{
    /// <summary>10 Mbit/s, 10 ms of round trip, and a queue of 20 packets.</summary>
    public const string Link = "rate=10mbit,queue=20,delay=5ms";
    public const int BitsPerSecond = 10_000_000;

    private const int ChunkLength = 64 << 10;

    /// <summary>Lets the senders send at once for a time, each over a connection of its own.</summary>
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
            .. connections.Select((connection, index) =>
                new SenderRun(algorithms[index], network.Events(connection.Tuple), bytes[index])),
        ];
    }

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

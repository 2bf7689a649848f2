using System.Diagnostics;
using System.Globalization;

namespace UserTcp.Benchmarks;

/// <summary>
/// Segments per second through two engines without a device: the median of several rounds and their range.
/// </summary>
internal static class EnginePairTable
{
    private const int Rounds = 7;
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(400);

    private static readonly (string Name, int Mtu, int Size, bool Offload, bool Timestamps)[] Rows =
    [
        ("64 B data", 1500, 64, false, false),
        ("64 B data with timestamps", 1500, 64, false, true),
        ("MSS data (1,460 B)", 1500, 1460, false, false),
        ("MSS data with timestamps (1,448 B)", 1500, 1448, false, true),
        ("MSS data in 64 KB sends", 1500, 64 * 1024, false, false),
        ("64 KB data", 65_535, 65_495, false, false),
        ("64 KB data, checksum offload", 65_535, 65_495, true, false),
    ];

    public static int Run()
    {
        Console.WriteLine("| engine pair, one core | data segments/s | range | ns per data segment | all frames/s | "
            + "Gbit/s of data | B allocated per frame |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (name, mtu, payload, offload, timestamps) in Rows)
            Console.WriteLine(Measure(name, mtu, payload, offload, timestamps));
        Console.WriteLine();
        Console.WriteLine("| one engine | a second | range | ns each | B allocated each |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine(MeasureAcks());
        return 0;
    }

    private static string MeasureAcks()
    {
        using var engine = new AckProcessing();
        engine.Run(RoundLength);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => engine.Run(RoundLength)).OrderBy(round => round.PerSecond)
            .ToArray();
        var median = rounds[Rounds / 2].PerSecond;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| pure ACKs, each of one segment | {median / 1e6:F2} M | {rounds[0].PerSecond / 1e6:F2} to "
            + $"{rounds[^1].PerSecond / 1e6:F2} M | {1e9 / median:F0} | {rounds.Max(round => round.BytesEach):F3} |");
    }

    private static string Measure(string name, int mtu, int payload, bool offload, bool timestamps)
    {
        using var pair = new EnginePair(mtu, offload, timestamps);
        RunRound(pair, payload);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => RunRound(pair, payload))
            .OrderBy(round => round.DataPerSecond)
            .ToArray();
        var median = rounds[Rounds / 2];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {median.DataPerSecond / 1e6:F2} M | {rounds[0].DataPerSecond / 1e6:F2} to "
            + $"{rounds[^1].DataPerSecond / 1e6:F2} M | {1e9 / median.DataPerSecond:F0} | "
            + $"{median.FramesPerSecond / 1e6:F2} M | {median.GigabitsPerSecond:F1} | "
            + $"{rounds.Max(round => round.BytesPerFrame):F3} |");
    }

    private static Round RunRound(EnginePair pair, int payload)
    {
        var (frames, dataFrames, sends) = (pair.Frames, pair.DataFrames, 0L);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            pair.Transfer(payload, 256);
            sends += 256;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < RoundLength);

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        frames = pair.Frames - frames;
        dataFrames = pair.DataFrames - dataFrames;
        var seconds = elapsed.TotalSeconds;
        return new Round(
            dataFrames / seconds, frames / seconds, sends * payload * 8 / seconds / 1e9, (double)allocated / frames);
    }

    private readonly record struct Round(
        double DataPerSecond, double FramesPerSecond, double GigabitsPerSecond, double BytesPerFrame);
}

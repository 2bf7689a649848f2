using System.Diagnostics;
using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Benchmarks;

/// <summary>A million short connections, one after the other: the memory of the process, which must not grow.</summary>
internal static class ShortTable
{
    private const int DefaultCount = 1_000_000;
    private const int Looks = 10;

    /// <summary>Argument: connections.</summary>
    public static int Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultCount;
        return RunAsync(count).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(int count)
    {
        var crowd = new Crowd(CrowdAim.TimeWait, count);
        await using var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = crowd,
            Addresses = { Crowd.Host.Address },
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) },
        });
        await using var listener = await stack.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = Crowd.Host, ListenBacklog = 4096 });
        Console.WriteLine("| connections so far | after | managed MiB | resident MiB |");
        Console.WriteLine("|---|---|---|---|");
        crowd.Start();
        var started = Stopwatch.GetTimestamp();
        var (first, last) = (0L, 0L);
        for (var i = 1; i <= count; i++)
        {
            var connection = await listener.AcceptConnectionAsync();
            await connection.DisposeAsync();
            if (i % Math.Max(count / Looks, 1) != 0)
                continue;
            last = GC.GetTotalMemory(forceFullCollection: true);
            first = first == 0 ? last : first;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {i:N0} | {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s | {last / 1048576.0:F1} | "
                + $"{Environment.WorkingSet / 1048576.0:F1} |"));
        }

        var growth = (last - first) / 1048576.0;
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"from the first look to the last: {growth:F1} MiB"));
        await stack.StopAsync(TimeSpan.Zero);
        return growth <= 8 ? 0 : 1;
    }
}

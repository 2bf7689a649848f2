using System.Diagnostics;
using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Benchmarks;

/// <summary>Managed memory per idle connection in octets, over a crowd in one process.</summary>
internal static class MemoryTable
{
    private const int DefaultCount = 1_000_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private static readonly (string Name, CrowdAim Aim, bool IsRead, int Linux)[] Rows =
    [
        ("established, idle: TCB and API objects", CrowdAim.Established, false, 3584),
        ("the same, with a stream and a read that waits", CrowdAim.Established, true, 3584),
        ("half-open", CrowdAim.HalfOpen, false, 320),
        ("TIME-WAIT", CrowdAim.TimeWait, false, 256),
    ];

    public static int Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultCount;
        Console.WriteLine("| connections | number | octets each | Linux 6.18 | set up in | max GC pause |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, aim, isRead, linux) in Rows)
            Console.WriteLine(MeasureAsync(name, aim, isRead, linux, count).GetAwaiter().GetResult());
        return 0;
    }

    private static async Task<string> MeasureAsync(string name, CrowdAim aim, bool isRead, int linux, int count)
    {
        var crowd = new Crowd(aim, count);
        var kept = new object?[2 * count];
        await using var stack = await UserTcpStack.StartAsync(Options(crowd, count));
        await using var listener = await stack.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = Crowd.Host, ListenBacklog = count });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        crowd.Start();
        if (aim != CrowdAim.HalfOpen)
            await AcceptAllAsync(listener, aim, isRead, kept);
        if (!SpinWait.SpinUntil(() => crowd.Completed >= count, Timeout))
            throw new TimeoutException($"Only {crowd.Completed} of {count} conversations got as far as {aim}.");
        var elapsed = Stopwatch.GetElapsedTime(start);
        var octets = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(kept);
        await stack.StopAsync(TimeSpan.Zero);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {count:N0} | {(double)octets / count:F1} | {linux:N0} | {elapsed.TotalSeconds:F1} s | "
            + $"{GC.GetGCMemoryInfo(GCKind.Any).PauseDurations[0].TotalMilliseconds:F0} ms |");
    }

    private static async Task AcceptAllAsync(UserTcpListener listener, CrowdAim aim, bool isRead, object?[] kept)
    {
        var buffer = new byte[1];
        for (var i = 0; i < kept.Length / 2; i++)
        {
            var connection = await listener.AcceptConnectionAsync();
            if (aim == CrowdAim.TimeWait)
            {
                await connection.DisposeAsync();
                continue;
            }

            kept[2 * i] = connection;
            if (isRead)
                kept[(2 * i) + 1] = connection.GetStream().ReadAsync(buffer).AsTask();
        }
    }

    private static UserTcpStackOptions Options(Crowd crowd, int count) => new()
    {
        Device = crowd,
        Addresses = { Crowd.Host.Address },
        Engine = new EngineOptions
        {
            MaxConnections = count,
            MaxHalfOpen = count,
            MaxTimeWait = count,
            MaxSegmentLifetime = TimeSpan.FromMinutes(5),
            // One SYN,ACK only, and no timeout while the others connect.
            InitialRto = TimeSpan.FromMinutes(2),
            HalfOpenTimeout = TimeSpan.FromMinutes(10),
        },
    };
}

using System.Diagnostics;
using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Benchmarks;

/// <summary>
/// A million connections, one in a hundred active, under a SYN flood: managed and resident bytes per connection, the
/// max GC pause, and the goodput of the active ones beside that of a thousand connections alone.
/// </summary>
internal static class CrowdTable
{
    private const int DefaultCount = 1_000_000;
    private const int FewConnections = 1000;
    private const int Concurrent = 256;
    private const int DefaultSynsPerSecond = 20_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(60);

    /// <summary>Arguments: connections, SYNs a second.</summary>
    public static int Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : DefaultCount;
        var syns = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : DefaultSynsPerSecond;
        Console.WriteLine("| connections | active | opened in | managed bytes each | resident bytes each | responses/s "
            + "| max GC pause, opening | max GC pause, active | GC pauses in all, active |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var few = RunAsync(FewConnections, FewConnections, syns).GetAwaiter().GetResult();
        var many = RunAsync(count, Math.Max(count / 100, 1), syns).GetAwaiter().GetResult();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"goodput of the active ones: {many / few:P1} of {FewConnections} connections alone"));
        return 0;
    }

    private static async Task<double> RunAsync(int count, int active, int syns)
    {
        var crowd = new BusyCrowd(count, active, Math.Min(Concurrent, active), syns);
        var kept = new UserTcpConnection[count];
        await using var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = crowd,
            Addresses = { Crowd.Host.Address },
            Engine = new EngineOptions { MaxConnections = 1 << 21 },
        });
        await using var listener = await stack.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = Crowd.Host, ListenBacklog = 4096 });
        var (managed, resident) = (GC.GetTotalMemory(forceFullCollection: true), Resident());
        using var pauses = new PauseWatch();
        var started = Stopwatch.GetTimestamp();
        crowd.OpenUpTo(active);
        for (var i = 0; i < active; i++)
        {
            kept[i] = await listener.AcceptConnectionAsync();
            _ = ServeAsync(kept[i]);
        }

        crowd.OpenUpTo(count);
        for (var i = active; i < count; i++)
            kept[i] = await listener.AcceptConnectionAsync();
        var opened = Stopwatch.GetElapsedTime(started);
        var opening = pauses.ReadAndResetMax();
        var (managedEach, residentEach) = await SettleAsync(count, managed, resident);
        pauses.ReadAndResetMax();
        var total = GC.GetTotalPauseDuration();
        crowd.Ask(on: true);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var (from, since) = (crowd.Responses, Stopwatch.GetTimestamp());
        await Task.Delay(Measured);
        var rate = (crowd.Responses - from) / Stopwatch.GetElapsedTime(since).TotalSeconds;
        total = GC.GetTotalPauseDuration() - total;
        var max = pauses.ReadAndResetMax();
        crowd.Ask(on: false);
        GC.KeepAlive(kept);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {count:N0} | {active:N0} | {opened.TotalSeconds:F1} s | {managedEach:F0} | {residentEach:F0} | "
            + $"{rate:F0} | {opening.TotalMilliseconds:F1} ms | {max.TotalMilliseconds:F1} ms | "
            + $"{total.TotalMilliseconds:F0} ms |"));
        await stack.StopAsync(TimeSpan.Zero);
        return rate;
    }

    /// <summary>Bytes per connection once parking of the idle ones has ended.</summary>
    private static async Task<(double Managed, double Resident)> SettleAsync(int count, long managed, long resident)
    {
        var started = Stopwatch.GetTimestamp();
        var min = double.MaxValue;
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            var each = (double)(GC.GetTotalMemory(forceFullCollection: true) - managed) / count;
            if (each > min - 1 || Stopwatch.GetElapsedTime(started) > SettlesWithin)
                return (Math.Min(each, min), (double)(Resident() - resident) / count);
            min = each;
        }
    }

    private static async Task ServeAsync(UserTcpConnection connection)
    {
        var stream = connection.GetStream();
        var request = new byte[BusyCrowd.RequestLength];
        var response = new byte[BusyCrowd.ResponseLength];
        try
        {
            while (await stream.ReadAsync(request) > 0)
                await stream.WriteAsync(response);
        }
        catch (IOException)
        {
            // The stack has ended.
        }
    }

    private static long Resident() => Environment.WorkingSet;

    /// <summary>The max GC pause, sampled after each collection.</summary>
    private sealed class PauseWatch : IDisposable
    {
        private readonly Timer _timer;
        private readonly Lock _gate = new();
        private TimeSpan _max;
        private long _last;

        public PauseWatch() => _timer = new Timer(_ => Look(), null, 1, 1);

        public TimeSpan ReadAndResetMax()
        {
            Look();
            lock (_gate)
            {
                var max = _max;
                _max = default;
                // Count each collection once.
                _last = GC.GetGCMemoryInfo(GCKind.Any).Index;
                return max;
            }
        }

        public void Dispose() => _timer.Dispose();

        private void Look()
        {
            foreach (var kind in (ReadOnlySpan<GCKind>)[GCKind.Any, GCKind.Background, GCKind.Ephemeral])
            {
                var collection = GC.GetGCMemoryInfo(kind);
                foreach (var pause in collection.PauseDurations)
                {
                    lock (_gate)
                        _max = collection.Index > _last && pause > _max ? pause : _max;
                }
            }
        }
    }
}

using System.Globalization;

namespace UserTcp.Soak.Sampling;

/// <summary>The resources of the process and its stacks at one time.</summary>
internal sealed record Sample
{
    private const double MiB = 1 << 20;

    /// <summary>The time since the start of the run.</summary>
    public required double Hours { get; init; }

    /// <summary>Resident memory, MiB.</summary>
    public required double Rss { get; init; }

    /// <summary>The managed heap with garbage, MiB.</summary>
    public required double Heap { get; init; }

    /// <summary>The pinned object heap after the last collection, MiB.</summary>
    public required double Pinned { get; init; }

    /// <summary>Open descriptors, without those of assemblies and libraries, which the runtime loads lazily.</summary>
    public required int Descriptors { get; init; }

    public required int Threads { get; init; }

    /// <summary>Blocks rented from the stacks' pools.</summary>
    public required int Blocks { get; init; }

    /// <summary>Armed timers in the engines.</summary>
    public required int Timers { get; init; }

    /// <summary>Connections in every state but TIME-WAIT.</summary>
    public required int Connections { get; init; }

    public required int TimeWaits { get; init; }

    /// <summary>True when no connection and no block is left.</summary>
    public bool IsEmpty => Blocks == 0 && Timers == 0 && Connections == 0 && TimeWaits == 0;

    public static Sample Take(TimeSpan elapsed, IReadOnlyList<UserTcpStack> stacks)
    {
        var status = File.ReadAllLines("/proc/self/status");
        var engines = stacks.SelectMany(Engines.Of).ToList();
        const int PinnedGeneration = 4;
        return new Sample
        {
            Hours = elapsed.TotalHours,
            Rss = Field("VmRSS:") / 1024.0,
            Heap = GC.GetTotalMemory(forceFullCollection: false) / MiB,
            Pinned = GC.GetGCMemoryInfo().GenerationInfo[PinnedGeneration].SizeAfterBytes / MiB,
            Descriptors = Directory.GetFiles("/proc/self/fd").Count(IsNoLibrary),
            Threads = (int)Field("Threads:"),
            Blocks = stacks.Sum(stack => stack.BlocksRented),
            Timers = engines.Sum(engine => engine.TimerCount),
            Connections = engines.Sum(engine => engine.ConnectionCount),
            TimeWaits = engines.Sum(engine => engine.TimeWaitCount),
        };

        long Field(string name) => long.Parse(
            status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[0],
            CultureInfo.InvariantCulture);
    }

    private static bool IsNoLibrary(string descriptor)
    {
        try
        {
            return Path.GetExtension(File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName)
                is not (".dll" or ".so");
        }
        catch (FileNotFoundException)
        {
            // The descriptor of the listing itself, or one closed since.
            return false;
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Hours * 3600,7:0} s  rss {Rss:0.0} MiB  heap {Heap:0.0}  poh {Pinned:0.0}  fds {Descriptors}  threads "
        + $"{Threads}  blocks {Blocks}  timers {Timers}  connections {Connections}  time-wait {TimeWaits}");
}

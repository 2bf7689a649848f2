using System.Diagnostics;

namespace UserTcp.Soak.Traffic;

/// <summary>
/// Slows all traffic down to a share of the machine. After each sample the CPU time of this process adjusts one factor
/// for all intervals.
/// </summary>
internal sealed class Pace(double load)
{
    private const double MinFactor = 0.02;

    // Changes by up to a factor of two, so that an outlier does no harm.
    private const double MaxStep = 2;

    private readonly double _target = load * Environment.ProcessorCount;
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private long _at = Stopwatch.GetTimestamp();
    private double _factor = 0.2;

    /// <summary>The share of the full rate, above 0, up to 1.</summary>
    public double Factor => Volatile.Read(ref _factor);

    public void Adapt()
    {
        var (cpu, at) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var used = (cpu - _cpu) / Stopwatch.GetElapsedTime(_at, at);
        (_cpu, _at) = (cpu, at);
        var step = Math.Clamp(_target / Math.Max(used, 0.001), 1 / MaxStep, MaxStep);
        Volatile.Write(ref _factor, Math.Clamp(_factor * step, MinFactor, 1));
    }

    /// <summary>Waits until the next turn; false when the load has stopped.</summary>
    public async Task<bool> NextAsync(double perSecond, Random random, CancellationToken stop)
    {
        // Between half and one and a half of the interval.
        var interval = TimeSpan.FromSeconds((0.5 + random.NextDouble()) / (perSecond * Factor));
        await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}

using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>What one sender did on a slow link.</summary>
/// <param name="Algorithm">Its congestion control.</param>
/// <param name="Samples">The connection after each of its events.</param>
/// <param name="Share">The part of the link's rate that became data at the receiver.</param>
internal sealed record SenderRun(
    CongestionAlgorithm Algorithm, IReadOnlyList<(MonotonicTime Time, ConnectionVitals Vitals)> Samples, double Share)
{
    private const string Levels = " ▁▂▃▄▅▆▇█";

    /// <summary>The mean SRTT over all events that have one.</summary>
    public TimeSpan MeanRtt
    {
        get
        {
            var rtts = Samples.Select(one => one.Vitals.Srtt).Where(rtt => rtt > TimeSpan.Zero);
            return TimeSpan.FromMilliseconds(rtts.Select(rtt => rtt.TotalMilliseconds).DefaultIfEmpty().Average());
        }
    }

    /// <summary>For each loss recovery: ssthresh behind its begin, divided by cwnd before.</summary>
    public IReadOnlyList<double> Reductions()
    {
        var ratios = new List<double>();
        for (var i = 1; i < Samples.Count; i++)
        {
            var (before, vitals) = (Samples[i - 1].Vitals, Samples[i].Vitals);
            if (before.Recovery != RecoveryState.Recovery && vitals.Recovery == RecoveryState.Recovery)
                ratios.Add((double)vitals.Ssthresh / before.Cwnd);
        }

        return ratios;
    }

    /// <summary>cwnd over the time, as a line of blocks.</summary>
    public string Curve(int columns)
    {
        var (start, length) = (Samples[0].Time, (Samples[^1].Time - Samples[0].Time) / columns);
        var values = new long[columns];
        var next = 0;
        for (var column = 0; column < columns; column++)
        {
            while (next + 1 < Samples.Count && Samples[next].Time - start < length * (column + 1))
                next++;
            values[column] = Samples[next].Vitals.Cwnd;
        }

        var max = Math.Max(values.Max(), 1);
        return string.Concat(values.Select(value => Levels[(int)(value * (Levels.Length - 1) / max)]));
    }
}

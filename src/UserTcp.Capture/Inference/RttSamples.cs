namespace UserTcp.Capture.Inference;

/// <summary>
/// The times between data and its ACK at the capture point, or between an ACK and the data that it releases: the part
/// of the round trip that lies beyond it, with the other end's delay. Bounded: of very many samples each second one is
/// dropped.
/// </summary>
internal sealed class RttSamples
{
    private const int MaxSamples = 1 << 16;

    private List<long> _samples = [];
    private int _stride = 1;
    private int _skipped;

    /// <summary>The number of samples.</summary>
    public long Count { get; private set; }

    /// <summary>The minimum; zero without samples.</summary>
    public TimeSpan Min { get; private set; }

    /// <summary>SRTT (RFC 6298 section 2); zero without samples.</summary>
    public TimeSpan Smoothed { get; private set; }

    /// <summary>RTTVAR (RFC 6298 section 2).</summary>
    public TimeSpan Variation { get; private set; }

    /// <summary>Adds a sample. A time that runs backwards is none.</summary>
    public void Add(TimeSpan sample)
    {
        if (sample < TimeSpan.Zero)
            return;
        (Smoothed, Variation) = Count == 0
            ? (sample, sample / 2)
            : (((Smoothed * 7) + sample) / 8, ((Variation * 3) + (Smoothed - sample).Duration()) / 4);
        Min = Count == 0 || sample < Min ? sample : Min;
        Count++;
        if (++_skipped < _stride)
            return;
        _skipped = 0;
        _samples.Add(sample.Ticks);
        if (_samples.Count < MaxSamples)
            return;
        _samples = [.. _samples.Where(static (_, index) => index % 2 == 0)];
        _stride *= 2;
    }

    /// <summary>The sample below which a share of all is; zero without samples.</summary>
    public TimeSpan Percentile(double share)
    {
        if (_samples.Count == 0)
            return TimeSpan.Zero;
        var sorted = _samples.Order().ToArray();
        return new TimeSpan(sorted[Math.Min((int)(share * sorted.Length), sorted.Length - 1)]);
    }
}

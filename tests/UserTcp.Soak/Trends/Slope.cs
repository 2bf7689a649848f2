namespace UserTcp.Soak.Trends;

/// <summary>
/// The growth of a series per hour: the Theil-Sen estimator (the median of the slopes of all pairs of points), with the
/// 95 % confidence interval that Sen derives from Kendall's tau. It is robust against outliers and needs no normal
/// distribution.
/// </summary>
/// <param name="PerHour">The estimate.</param>
/// <param name="Low">The lower end of the interval; negative infinity when there are too few points.</param>
/// <param name="High">The upper end; positive infinity when there are too few points.</param>
internal readonly record struct Slope(double PerHour, double Low, double High)
{
    /// <summary>The min number of points for an interval.</summary>
    private const int MinPoints = 5;

    private const double Normal95 = 1.96;

    /// <summary>Fits a series.</summary>
    /// <param name="hours">Times, ascending.</param>
    /// <param name="values">A value for each.</param>
    public static Slope Fit(IReadOnlyList<double> hours, IReadOnlyList<double> values)
    {
        var count = hours.Count;
        var slopes = new List<double>(count * (count - 1) / 2);
        for (var i = 0; i < count; i++)
        {
            for (var j = i + 1; j < count; j++)
            {
                if (hours[j] > hours[i])
                    slopes.Add((values[j] - values[i]) / (hours[j] - hours[i]));
            }
        }

        if (slopes.Count == 0)
            return new Slope(0, double.NegativeInfinity, double.PositiveInfinity);
        slopes.Sort();
        var median = Median(slopes);
        if (count < MinPoints)
            return new Slope(median, double.NegativeInfinity, double.PositiveInfinity);
        // The variance of Kendall's S when there are no ties.
        var spread = Normal95 * Math.Sqrt(count * (count - 1.0) * ((2 * count) + 5) / 18);
        var low = (int)Math.Floor((slopes.Count - spread) / 2) - 1;
        var high = (int)Math.Ceiling((slopes.Count + spread) / 2);
        return new Slope(
            median,
            low < 0 ? double.NegativeInfinity : slopes[low],
            high >= slopes.Count ? double.PositiveInfinity : slopes[high]);
    }

    private static double Median(List<double> sorted) =>
        sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
}

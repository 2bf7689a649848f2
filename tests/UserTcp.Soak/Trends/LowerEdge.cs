namespace UserTcp.Soak.Trends;

/// <summary>
/// The lower edge of a series: its minimum in windows of equal length. Memory rises and falls with garbage collection;
/// a leak raises the edge.
/// </summary>
internal static class LowerEdge
{
    public static (List<double> Hours, List<double> Values) Of(
        IReadOnlyList<double> hours, IReadOnlyList<double> values, int windows)
    {
        var result = (Hours: new List<double>(windows), Values: new List<double>(windows));
        if (hours.Count == 0)
            return result;
        var (start, span) = (hours[0], hours[^1] - hours[0]);
        var current = -1;
        for (var i = 0; i < hours.Count; i++)
        {
            var window = span > 0 ? Math.Min(windows - 1, (int)((hours[i] - start) / span * windows)) : 0;
            if (window != current)
            {
                current = window;
                result.Hours.Add(hours[i]);
                result.Values.Add(values[i]);
            }
            else if (values[i] < result.Values[^1])
            {
                (result.Hours[^1], result.Values[^1]) = (hours[i], values[i]);
            }
        }

        return result;
    }
}

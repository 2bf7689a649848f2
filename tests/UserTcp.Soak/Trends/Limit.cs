namespace UserTcp.Soak.Trends;

/// <summary>Whether a slope keeps to its limit.</summary>
internal enum Trend
{
    /// <summary>The whole interval is within the limit.</summary>
    Flat,

    /// <summary>The interval has the limit inside: the series is too noisy for the length of the run to tell.</summary>
    Unclear,

    /// <summary>The whole interval is above the limit.</summary>
    Grows,

    /// <summary>The run was too short to judge a slope at all.</summary>
    TooShort,
}

/// <summary>A limit on the slope of one series.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="MaxPerHour">The largest slope that is not growth.</param>
internal sealed record Limit(string Name, string Unit, double MaxPerHour)
{
    public Trend Judge(Slope slope) => slope switch
    {
        _ when slope.Low > MaxPerHour => Trend.Grows,
        _ when slope.High <= MaxPerHour => Trend.Flat,
        _ => Trend.Unclear,
    };
}

namespace UserTcp.Soak.Trends;

/// <summary>The judgement of a slope.</summary>
internal enum Trend
{
    /// <summary>The whole interval is within the limit.</summary>
    Flat,

    /// <summary>The limit is inside the interval: the run is too short for the noise.</summary>
    Unclear,

    /// <summary>The whole interval is above the limit.</summary>
    Grows,

    /// <summary>The run was too short to judge a slope at all.</summary>
    TooShort,
}

/// <summary>A limit on the slope of one series.</summary>
/// <param name="Name">The measured quantity.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="MaxPerHour">The max slope without growth.</param>
internal sealed record Limit(string Name, string Unit, double MaxPerHour)
{
    public Trend Judge(Slope slope) => slope switch
    {
        _ when slope.Low > MaxPerHour => Trend.Grows,
        _ when slope.High <= MaxPerHour => Trend.Flat,
        _ => Trend.Unclear,
    };
}

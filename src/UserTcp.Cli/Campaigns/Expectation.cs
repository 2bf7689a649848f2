namespace UserTcp.Cli.Campaigns;

/// <summary>What a campaign was to cover: a range of one tool and target, or of every one that there are results of.</summary>
internal sealed record Expectation(string? Group, SeedRange Range)
{
    /// <summary>Reads FIRST..LAST or TOOL[/TARGET]=FIRST..LAST.</summary>
    public static Expectation? Parse(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        var group = split < 0 ? null : text[..split];
        return group != "" && SeedRange.TryParse(text[(split + 1)..], out var range) ? new Expectation(group, range) : null;
    }
}

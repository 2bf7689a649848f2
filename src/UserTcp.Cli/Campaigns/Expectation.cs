namespace UserTcp.Cli.Campaigns;

/// <summary>The seeds that a campaign has to cover, for one tool and target, or for each that has results.</summary>
internal sealed record Expectation(string? Group, SeedRange Range)
{
    /// <summary>Reads FIRST..LAST or TOOL[/TARGET]=FIRST..LAST.</summary>
    public static Expectation? Parse(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        var group = split < 0 ? null : text[..split];
        return group != "" && SeedRange.TryParse(text[(split + 1)..], out var range)
            ? new Expectation(group, range)
            : null;
    }
}

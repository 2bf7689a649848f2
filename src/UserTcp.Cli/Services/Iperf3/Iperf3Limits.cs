namespace UserTcp.Cli.Services.Iperf3;

/// <summary>How long a client of iperf3 may keep others waiting.</summary>
internal sealed record Iperf3Limits
{
    /// <summary>For each step of a client: cookie, parameters, all of its streams, results, its end.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A test without progress for this time gives way to the next client.</summary>
    public TimeSpan Yield { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A test without progress for this time ends.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much longer than it has announced a test may take.</summary>
    public TimeSpan Overtime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much longer a test may stand still whose blocks are far apart, at most.</summary>
    public TimeSpan SlowRate { get; init; } = TimeSpan.FromSeconds(60);
}

namespace UserTcp.Testing;

/// <summary>The result of <see cref="VirtualExploration.RunSeedsAsync"/>.</summary>
/// <param name="Last">The last run: the first one that has failed, or the last of those that have passed.</param>
/// <param name="Runs">How many runs there were, the last one included.</param>
public sealed record VirtualSearchResult(VirtualResult Last, long Runs)
{
    /// <summary>The run that has failed; null when all have passed.</summary>
    public VirtualResult? Failure => Last.Error is null ? null : Last;

    /// <summary>Throws when a run has failed.</summary>
    /// <exception cref="VirtualNetworkException">The report of that run.</exception>
    public void ThrowIfFailed() => Last.ThrowIfFailed();
}

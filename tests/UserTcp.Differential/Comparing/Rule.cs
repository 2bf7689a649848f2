namespace UserTcp.Differential.Comparing;

/// <summary>A difference that is meant to be: which it is, and what allows it.</summary>
/// <param name="Name">What the summary calls it.</param>
/// <param name="Why">The section of the RFC, and what each stack makes of it.</param>
internal sealed record Rule(string Name, string Why)
{
    /// <summary>True for just this difference: every answer that it allows is spelt out.</summary>
    public Func<Difference, bool> Explains { get; init; } = static _ => false;

    /// <summary>
    /// True for a segment of which the stacks think differently, while they may well say the same: what comes later need not be alike.
    /// </summary>
    public Func<Moment, bool> Hides { get; init; } = static _ => false;

    /// <summary>Both stacks are in the same state afterwards, so that a script goes on. Otherwise it ends here.</summary>
    public bool GoesOn { get; init; }
}

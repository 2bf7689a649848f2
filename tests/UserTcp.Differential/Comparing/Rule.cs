namespace UserTcp.Differential.Comparing;

/// <summary>An intended difference and its justification.</summary>
/// <param name="Name">Its name in the summary.</param>
/// <param name="Why">The section of the RFC, and the behaviour of each stack.</param>
internal sealed record Rule(string Name, string Why)
{
    /// <summary>True for this difference only: every allowed answer is spelt out.</summary>
    public Func<Difference, bool> Explains { get; init; } = static _ => false;

    /// <summary>
    /// True for a segment that the stacks treat differently, perhaps with the same answer: later answers may differ.
    /// </summary>
    public Func<Moment, bool> Hides { get; init; } = static _ => false;

    /// <summary>
    /// Both stacks are in the same state afterwards, so that the script continues. Otherwise it ends here.
    /// </summary>
    public bool GoesOn { get; init; }
}

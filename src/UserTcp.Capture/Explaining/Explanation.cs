namespace UserTcp.Capture.Explaining;

/// <summary>What the explainer of one kind of event has found out.</summary>
/// <param name="Phrases">What can be said, the most important first. Not empty.</param>
internal readonly record struct Explanation(IReadOnlyList<Phrase> Phrases)
{
    /// <inheritdoc cref="ExplainedEvent.Because"/>
    public long? Because { get; init; }

    /// <inheritdoc cref="ExplainedEvent.Of"/>
    public long? Of { get; init; }

    /// <inheritdoc cref="ExplainedEvent.Window"/>
    public uint Window { get; init; }
}

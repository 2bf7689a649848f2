namespace UserTcp.Differential.Comparing;

/// <summary>The intended differences. docs/differential.md lists them.</summary>
internal static class Rules
{
    public static readonly IReadOnlyList<Rule> All =
    [
        .. HandshakeRules.All, .. ArrivalRules.All, .. WindowRules.All, .. ClosingRules.All,
        .. SendingRules.All, .. OptionRules.All,
    ];

    public static Rule? For(Difference difference) => All.FirstOrDefault(rule => rule.Explains(difference));

    /// <summary>The rule under which the stacks treat a segment differently without different answers.</summary>
    public static Rule? For(Moment moment) => All.FirstOrDefault(rule => rule.Hides(moment));
}

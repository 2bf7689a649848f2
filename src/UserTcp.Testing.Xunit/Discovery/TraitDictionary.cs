namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>Traits as a test case takes them.</summary>
internal static class TraitDictionary
{
    /// <summary>A copy that may be changed.</summary>
    public static Dictionary<string, HashSet<string>> ToTraits(
        this IReadOnlyDictionary<string, IReadOnlyCollection<string>> traits) =>
        traits.ToDictionary(
            trait => trait.Key, trait => trait.Value.ToHashSet(StringComparer.OrdinalIgnoreCase),
            StringComparer.OrdinalIgnoreCase);
}

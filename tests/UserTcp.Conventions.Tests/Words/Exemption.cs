namespace UserTcp.Conventions.Tests.Words;

/// <summary>A place that may have a forbidden word.</summary>
/// <param name="Word">The word, or * for all of them.</param>
/// <param name="Place">A file or a folder relative to the root, or the name of an identifier.</param>
/// <param name="Reason">Why it may.</param>
internal sealed record Exemption(string Word, string Place, string Reason)
{
    public bool Covers(WordUse use) =>
        (Word == "*" || Word == use.Word)
        && (use.Identifier == Place || use.File == Place || use.File.StartsWith($"{Place}/", StringComparison.Ordinal));
}

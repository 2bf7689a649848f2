namespace UserTcp.Conventions.Tests.Words;

/// <summary>A forbidden word in the tree.</summary>
/// <param name="Word">The word, as <see cref="ForbiddenWord.Word"/> names it.</param>
/// <param name="File">The file, relative to the root.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Identifier">The identifier with the word; null for prose.</param>
/// <param name="Quotation">The line of the source; empty for an identifier.</param>
internal sealed record WordUse(string Word, string File, int Line, string? Identifier, string Quotation)
{
    public override string ToString() => $"{File}:{Line}: {Identifier ?? Quotation}";
}

namespace UserTcp.Conventions.Tests.Words;

/// <summary>A place that has a forbidden word.</summary>
/// <param name="Word">The word, as <see cref="ForbiddenWord.Word"/> names it.</param>
/// <param name="File">The file, relative to the root.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Identifier">The identifier that has it; null for prose.</param>
/// <param name="Quotation">The line of prose.</param>
internal sealed record WordUse(string Word, string File, int Line, string? Identifier, string Quotation)
{
    public override string ToString() => $"{File}:{Line}: {Identifier ?? Quotation}";
}

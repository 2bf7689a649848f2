namespace UserTcp.Conventions.Tests.Support;

/// <summary>A fenced block of a Markdown file.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Line">The line of its opening fence, from 1.</param>
/// <param name="Language">The language after the opening fence.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record FencedBlock(string File, int Line, string Language, IReadOnlyList<string> Lines)
{
    public string Text => string.Join('\n', Lines);

    public string Place => $"{File}:{Line}";

    /// <summary>Its commands, without comments, output and environment variables.</summary>
    public IEnumerable<string> Commands =>
        Lines.Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'));

    /// <summary>
    /// Writes other lines into the file in place of its lines. The block itself stays as it was read.
    /// </summary>
    public void Replace(IEnumerable<string> lines)
    {
        var all = Repository.Read(File).Split('\n').ToList();
        all.RemoveRange(Line, Lines.Count);
        all.InsertRange(Line, lines);
        System.IO.File.WriteAllText(Repository.PathOf(File), string.Join('\n', all));
    }
}

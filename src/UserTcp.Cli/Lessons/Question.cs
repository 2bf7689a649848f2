namespace UserTcp.Cli.Lessons;

/// <summary>A question that the reader answers before the run.</summary>
/// <param name="Words">The question.</param>
/// <param name="Answers">The answers to choose from.</param>
/// <param name="Right">The index of the right answer.</param>
/// <param name="Because">Why it is right.</param>
internal sealed record Question(Words Words, IReadOnlyList<Words> Answers, int Right, Words Because);

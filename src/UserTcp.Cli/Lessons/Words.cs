using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Lessons;

/// <summary>A sentence, or a few, in both languages of the lessons.</summary>
internal sealed record Words(string English, string Korean)
{
    public string In(Language language) => language == Language.Korean ? Korean : English;

    /// <summary>What is the same in all languages: numbers, names of segments and states.</summary>
    public static Words Same(string words) => new(words, words);
}

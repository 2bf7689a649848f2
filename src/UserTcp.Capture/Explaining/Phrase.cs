using System.Globalization;
using System.Text;

namespace UserTcp.Capture.Explaining;

/// <summary>A reason with its arguments: one thing that can be said of an event.</summary>
public sealed class Phrase
{
    private readonly (string Name, object Value)[] _arguments;

    internal Phrase(ReasonId reason, params (string Name, object Value)[] arguments)
    {
        Reason = Reasons.Of(reason);
        _arguments = arguments;
    }

    /// <summary>The entry of the table.</summary>
    public Reason Reason { get; }

    /// <summary>The arguments by name: whole numbers, and strings for all else.</summary>
    public IReadOnlyList<(string Name, object Value)> Arguments => _arguments;

    /// <summary>The sentence.</summary>
    public string Say(Language language = Language.English)
    {
        var sentence = new StringBuilder(Reason.Sentence(language));
        foreach (var (name, value) in _arguments)
            sentence.Replace($"{{{name}}}", Print(value, language));
        return sentence.ToString();
    }

    private static string Print(object value, Language language) => value switch
    {
        string words when language == Language.Korean => KoreanTerms.Translate(words),
        int or uint or long or ulong => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}

namespace UserTcp.Capture.Explaining;

/// <summary>How unusual an event is. The order is that of Wireshark's expert information.</summary>
public enum Severity
{
    /// <summary>The usual course of a connection.</summary>
    Normal,

    /// <summary>Worth a look: the path or the peer is not at its best.</summary>
    Note,

    /// <summary>Something was lost, refused or violated.</summary>
    Warning,

    /// <summary>The connection or its data is lost.</summary>
    Error,
}

/// <summary>The languages of sentences.</summary>
public enum Language
{
    /// <summary>English.</summary>
    English,

    /// <summary>Korean.</summary>
    Korean,
}

/// <summary>
/// An entry of the table of reasons (<see cref="Reasons"/>). The sentences have arguments in braces, such as
/// <c>{bytes}</c>, which a <see cref="Phrase"/> brings.
/// </summary>
/// <param name="Id">The entry's name, which also JSON uses.</param>
/// <param name="Source">Where the rule comes from, for example "RFC 9293 section 3.10.7.4".</param>
/// <param name="English">The sentence in English.</param>
/// <param name="Korean">The sentence in Korean.</param>
/// <param name="Severity">How unusual it is.</param>
/// <param name="Wireshark">What Wireshark calls it; null when it has no name for it.</param>
public sealed record Reason(
    ReasonId Id, string Source, string English, string Korean, Severity Severity = Severity.Normal,
    string? Wireshark = null)
{
    /// <summary>The sentence in a language, with its arguments in braces.</summary>
    public string Sentence(Language language) => language == Language.Korean ? Korean : English;
}

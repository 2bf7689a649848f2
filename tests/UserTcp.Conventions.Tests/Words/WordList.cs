namespace UserTcp.Conventions.Tests.Words;

/// <summary>The forbidden words, and the places that may have them.</summary>
internal static class WordList
{
    /// <summary>The words before and after "text" where it is characters.</summary>
    private const string CharactersBefore =
        @"\.|plain |json |obs-|instead of |help |usage |message |error |status |golden |source |as |to |from |link |"
        + "alternative |of the message |markdown ";

    private const string CharactersAfter =
        @" (?:file|files|form|forms|format|parser|parsers|editor|mode|protocol|such as)\b|/|-align|-processing";

    /// <summary>Nouns of data, which is lost and not missing.</summary>
    private const string Data = "(?:data|segments?|octets?|bytes?|ranges?|pieces?|text)";

    /// <summary>All words.</summary>
    public static IReadOnlyList<ForbiddenWord> All { get; } =
    [
        new("text", "data; payload for the member of a segment", $"(?<!{CharactersBefore})texts?(?!{CharactersAfter})")
        {
            NamePattern = "(?<!as |to |from |plain )texts?(?! (?:form|file|files)\\b)",
            MayNameCharacters = true,
        },
        new(
            "sent again", "retransmit, retransmission",
            @"(?:send|sends|sent|sending)(?: (?:it|them|one|its \w+|the \w+|a \w+|what \w+))? again"),
        new("resent", "retransmit, retransmission", "re-?(?:send|sends|sent|sending)"),
        new(
            "comes again", "is retransmitted; arrives twice",
            "(?:come|comes|came|coming|go|goes|went|gone|going)(?: out)? again"),
        new(
            "missing",
            "lost",
            $"missing {Data}|(?:{Data}|what)(?: that)?(?: is| are| was| were)?(?: still)? missing"),
        new("least", "min, minimum; N or more", @"least(?!(?: |-)significant)"),
        new("greatest", "max, maximum", "greatest"),
        new("patience", "give-up time, R2, user timeout", "(?:im)?patien(?:ce|t|tly)"),
        new("whoever", "name the subject: the peer, the sender, the application", "who(?:so)?ever"),
        new("lest", "so that ... not", "lest"),
        new("in vain", "say the effect: spurious, unacknowledged, without effect", "in vain"),
        new("tells of", "reports, SACKs, acknowledges", "(?:tell|tells|told|telling) of"),
        new(
            "taken back", "undo; shrink, for a window",
            @"(?:take|takes|took|taken|taking)(?: it| them| the \w+)? back"),
        new("forgive", "undo", "forg(?:ive|ives|iven|ave|iving)"),
        new("blame", "attribute; name the cause", "blam(?:e|es|ed|ing)"),
        new("mend", "fix, correct", "mend(?:s|ed|ing)?"),
        new("overtaken", "reordered; sent before a segment that was delivered", "overt(?:ake|akes|aken|ook|aking)"),
        new("incidents", "cold fields", "incidents?"),
        new("laid to rest", "park", @"(?:lay|lays|laid|lying|put|puts)(?: \w+)? to rest"),
        new("planted", "mutant, mutation", "plant(?:s|ed|ing)?"),
    ];

    /// <summary>Names and files that may have a word.</summary>
    public static IReadOnlyList<Exemption> Exemptions { get; } =
    [
        new("*", "tests/UserTcp.Conventions.Tests/Words/WordList.cs", "the list itself"),
        new("*", "tests/UserTcp.Conventions.Tests/WordTests.cs", "the examples of its tests"),
        new("least", "ReadAtLeast_waits_for_the_min_length", "a test of PipeReader.ReadAtLeastAsync, a name of .NET"),
        new("text", "tests/UserTcp.Conventions.Tests/Book/StateDiagram.cs", "an element of SVG"),
        new("text", "src/UserTcp.Capture/Pictures", "an element of SVG"),
        new("text", "tests/UserTcp.Capture.Tests/Pictures", "an element of SVG"),
        new("text", "tests/UserTcp.Testing.Xunit.Tests/BannedSymbolsTests.cs", "a method of Roslyn's AdditionalText"),
        new("text", "tests/UserTcp.Fuzz/Regressions", "findings are named after the types that threw"),
        new("incidents", "src/UserTcp.Simulation", "scheduled events of a scenario, and a key of its JSON"),
        new("incidents", "tests/UserTcp.Simulation.Tests", "scheduled events of a scenario"),
        new("incidents", "tests/UserTcp.Fuzz/Parsers/SimulationTargets.cs", "a key of a scenario's JSON"),
    ];
}

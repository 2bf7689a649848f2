using System.CommandLine;
using System.Globalization;

namespace UserTcp.Cli.Completion;

/// <summary>
/// Answers the directive that the completion scripts send, `usertcp [suggest:POSITION] LINE`, with a line for each word
/// that could stand at the end of LINE. The directive is that of System.CommandLine's root command, which this command
/// does not use.
/// </summary>
internal static class Suggestions
{
    private const string Directive = "[suggest:";

    /// <summary>True when the arguments are the directive, which has then been answered.</summary>
    public static bool TryAnswer(IReadOnlyList<string> arguments, TextWriter output)
    {
        if (arguments is not [var directive, var line] || !directive.StartsWith(Directive, StringComparison.Ordinal)
            || !directive.EndsWith(']')
            || !int.TryParse(
                directive.AsSpan(Directive.Length, directive.Length - Directive.Length - 1), NumberStyles.None,
                CultureInfo.InvariantCulture, out var position))
        {
            return false;
        }

        foreach (var word in Find(line[..Math.Min(position, line.Length)]))
            output.WriteLine(word);
        return true;
    }

    /// <summary>The words that could stand at the end of a line that begins with the command's name.</summary>
    public static IReadOnlyList<string> Find(string line)
    {
        var start = line.Length == 0 || char.IsWhiteSpace(line[^1]) ? "" : line.Split(' ', '\t')[^1];
        // --name=value is completed as --name value, and a list such as echo,ht behind its last comma.
        var isOption = start.StartsWith("--", StringComparison.Ordinal);
        var equals = isOption ? start.IndexOf('=', StringComparison.Ordinal) : -1;
        if (equals > 0)
            line = $"{line[..^start.Length]}{start[..equals]} {start[(equals + 1)..]}";
        var at = Math.Max(equals, start.LastIndexOf(',')) + 1;
        var (done, begun) = (start[..at], start[at..]);
        var parsed = CommandTree.ParseLine(line);
        var words = begun.Length < start.Length && ValuesOf(parsed) is { } values
            ? values
            : parsed.GetCompletions(line.Length).Select(item => item.InsertText ?? item.Label);
        return
        [
            .. words.Where(word => word.StartsWith(begun, StringComparison.Ordinal) && !IsAlias(word))
                .Select(word => done + word).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The values of the option that a list belongs to.</summary>
    private static IEnumerable<string>? ValuesOf(ParseResult parsed)
    {
        var names = parsed.Tokens.TakeLast(2).Select(token => token.Value).ToArray();
        var option = parsed.CommandResult.Command.Options.FirstOrDefault(
            option => names.Contains(option.Name) || option.Aliases.Any(names.Contains));
        return option?.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty)
            .Select(item => item.InsertText ?? item.Label);
    }

    /// <summary>Letters say nothing in a list of options, and the other names of help even less.</summary>
    private static bool IsAlias(string word) => word is ['-', not '-', ..] or ['/', ..];
}

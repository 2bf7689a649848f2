using System.Globalization;

namespace UserTcp.Cli.Filters;

/// <summary>
/// Parses a filter by recursive descent. It never throws: <see cref="Problem"/> names the wrong word. The length and
/// the depth are bounded, because a stack also reads the filters of its control socket.
/// </summary>
internal sealed class FilterParser
{
    private const int MaxWords = 256;
    private const int MaxDepth = 32;
    private const int MaxPort = 65_535;

    private static readonly string[] Openers =
        ["sport", "dport", "src", "dst", "state", "exclude", "not", "and", "or"];

    private readonly List<string>? _words;
    private int _at;
    private int _depth;

    public FilterParser(string filter) => _words = FilterLexer.Split(filter, MaxWords);

    /// <summary>Why the filter was refused.</summary>
    public string Problem { get; private set; } = "";

    private string? Word => _at < _words!.Count ? _words[_at] : null;

    /// <summary>The filter, or null. One without a word takes everything.</summary>
    public SocketFilter? Parse()
    {
        if (_words is null)
            return Refuse<SocketFilter>($"the filter has more than {MaxWords} words");
        if (ParseStates() is not { } states)
            return null;
        if (Word is null)
            return new SocketFilter(states, FilterCondition.Always);
        if (ParseAny() is not { } condition)
            return null;
        return Word switch
        {
            null => new SocketFilter(states, condition),
            ")" => RefuseWord<SocketFilter>("closes a parenthesis that is not open"),
            "state" or "exclude" => RefuseWord<SocketFilter>("must stand before the conditions"),
            _ => RefuseWord<SocketFilter>("does not continue the filter: use and, or, or a condition"),
        };
    }

    /// <summary>STATES := { ( state | exclude ) NAME }, as a set of bits.</summary>
    private int? ParseStates()
    {
        int? included = null;
        var excluded = 0;
        while (Word is "state" or "exclude")
        {
            var isExclusion = Word == "exclude";
            _at++;
            if (Word is not { } name)
            {
                Refuse<object>($"'{_words![^1]}' needs a state: {string.Join(", ", StateNames.Names)}");
                return null;
            }

            if (StateNames.FindSet(name) is not { } set)
            {
                RefuseWord<object>(
                    $"is not a state{Suggestion.For(name, StateNames.Names)}: use "
                    + string.Join(", ", StateNames.Names));
                return null;
            }

            if (isExclusion)
                excluded |= set;
            else
                included = (included ?? 0) | set;
            _at++;
        }

        return (included ?? ~0) & ~excluded;
    }

    /// <summary>ANY := ALL { or ALL }.</summary>
    private FilterCondition? ParseAny()
    {
        var parts = new List<FilterCondition>();
        do
        {
            if (ParseAll() is not { } part)
                return null;
            parts.Add(part);
        }
        while (TrySkip("or", "|", "||"));
        return parts is [var only] ? only : new FilterCondition.Any(parts);
    }

    /// <summary>ALL := UNIT { [ and ] UNIT }.</summary>
    private FilterCondition? ParseAll()
    {
        var parts = new List<FilterCondition>();
        do
        {
            if (ParseUnit() is not { } part)
                return null;
            parts.Add(part);
        }
        while (TrySkip("and", "&", "&&") || Word is "sport" or "dport" or "src" or "dst" or "not" or "!" or "(");
        return parts is [var only] ? only : new FilterCondition.All(parts);
    }

    /// <summary>UNIT := ( ANY ) | not UNIT | ( sport | dport ) [OP] PORT | ( src | dst ) [OP] HOST.</summary>
    private FilterCondition? ParseUnit()
    {
        if (_depth == MaxDepth)
            return RefuseWord<FilterCondition>($"is nested deeper than {MaxDepth} levels");
        _depth++;
        var word = Word;
        _at++;
        var unit = word switch
        {
            "(" => ParseParenthesis(),
            "not" or "!" => ParseUnit() is { } opposite ? new FilterCondition.Not(opposite) : null,
            "sport" or "dport" => ParsePort(ofPeer: word == "dport"),
            "src" or "dst" => ParseHost(ofPeer: word == "dst"),
            _ => RefuseUnit(word),
        };
        _depth--;
        return unit;
    }

    private FilterCondition? RefuseUnit(string? word)
    {
        _at--;
        return word switch
        {
            null => Refuse<FilterCondition>(
                $"a condition must follow '{_words![^1]}': sport, dport, src or dst"),
            "state" or "exclude" => RefuseWord<FilterCondition>("must stand before the conditions"),
            _ => RefuseWord<FilterCondition>(
                $"is not a condition{Suggestion.For(word, Openers)}: use sport, dport, src or dst, joined by and, or, "
                + "not and parentheses"),
        };
    }

    private FilterCondition? ParseParenthesis()
    {
        var opened = _at;
        if (ParseAny() is not { } inner)
            return null;
        if (TrySkip(")"))
            return inner;
        return Word is null
            ? Refuse<FilterCondition>(Invariant($"the '(' that is word {opened} is not closed"))
            : RefuseWord<FilterCondition>("does not continue the filter: use and, or, ')' or a condition");
    }

    /// <summary>PORT := [:]NUMBER | [:]NAME.</summary>
    private FilterCondition? ParsePort(bool ofPeer)
    {
        var keyword = _words![_at - 1];
        var comparison = ParseComparison();
        if (Word is not { } word)
            return Refuse<FilterCondition>($"'{_words[^1]}' needs a port, such as '{keyword} = :80'");
        if (!HostPattern.TryParsePort(word.StartsWith(':') ? word[1..] : word, out var port))
        {
            return RefuseWord<FilterCondition>(
                "is neither a port from 0 to 65535 nor a service of /etc/services; write it as :80 or :http");
        }

        _at++;
        return comparison switch
        {
            "=" => new FilterCondition.PortIn(ofPeer, port, port),
            "!=" => new FilterCondition.Not(new FilterCondition.PortIn(ofPeer, port, port)),
            "<" => new FilterCondition.PortIn(ofPeer, 0, port - 1),
            "<=" => new FilterCondition.PortIn(ofPeer, 0, port),
            ">" => new FilterCondition.PortIn(ofPeer, port + 1, MaxPort),
            _ => new FilterCondition.PortIn(ofPeer, port, MaxPort),
        };
    }

    /// <summary>HOST := ADDRESS[/LENGTH][:PORT] | *[:PORT] | :PORT.</summary>
    private FilterCondition? ParseHost(bool ofPeer)
    {
        var keyword = _words![_at - 1];
        var comparison = ParseComparison();
        if (comparison is not ("=" or "!="))
        {
            _at--;
            return RefuseWord<FilterCondition>($"does not compare addresses: use = or != after {keyword}");
        }

        if (Word is not { } word)
            return Refuse<FilterCondition>($"'{_words[^1]}' needs an address, such as '{keyword} 198.18.0.1'");
        if (HostPattern.Parse(word, ofPeer) is not { } host)
        {
            return RefuseWord<FilterCondition>(
                "is not an address: write 198.18.0.1, 198.18.0.0/24, 198.18.0.1:80, 2001:db8::1, [2001:db8::1]:80 or "
                + ":80");
        }

        _at++;
        return comparison == "=" ? host : new FilterCondition.Not(host);
    }

    /// <summary>The comparison as its sign; "=" when there is none.</summary>
    private string ParseComparison()
    {
        var sign = Word switch
        {
            "=" or "==" or "eq" => "=",
            "!=" or "ne" or "neq" => "!=",
            "<" or "lt" => "<",
            "<=" or "le" or "leq" => "<=",
            ">" or "gt" => ">",
            ">=" or "ge" or "geq" => ">=",
            _ => null,
        };
        if (sign is not null)
            _at++;
        return sign ?? "=";
    }

    private bool TrySkip(params ReadOnlySpan<string> words)
    {
        if (Word is not { } word || !words.Contains(word))
            return false;
        _at++;
        return true;
    }

    private T? RefuseWord<T>(string problem)
        where T : class => Refuse<T>(Invariant($"'{Word}', word {_at + 1}, {problem}"));

    private T? Refuse<T>(string problem)
        where T : class
    {
        Problem = $"filter: {problem}";
        return null;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

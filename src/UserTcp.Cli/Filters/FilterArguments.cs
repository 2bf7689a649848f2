using System.CommandLine;

namespace UserTcp.Cli.Filters;

/// <summary>The filter of `ss` and `watch` on the command line, with the options that are filters too.</summary>
internal sealed class FilterArguments
{
    /// <summary>The grammar, for the help of a command.</summary>
    public const string Grammar =
        """
        A filter is as ss(8) has it: states first ('state established', 'exclude time-wait', 'state
        connected'), then sport, dport, src and dst, joined by and, or, not and parentheses:
          state established '( sport = :http or sport = :8080 )' dst 198.18.0.0/24
        """;

    private readonly Argument<string[]> _filter = new("filter")
    {
        HelpName = "filter",
        Description = "Which connections, such as: state established sport = :80",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly FamilyOptions _family = new();

    public void AddTo(Command command)
    {
        _filter.CompletionSources.Add(static _ =>
            ["state", "exclude", "sport", "dport", "src", "dst", "and", "or", "not", .. StateNames.Names]);
        command.Arguments.Add(_filter);
        _family.AddTo(command);
        command.Validators.Add(result =>
        {
            var words = result.GetValue(_filter) ?? [];
            if (UnknownOption.FindIn(words, command) is { } unknown)
                result.AddError(unknown);
            else if (_family.FindConflict(result) is { } conflict)
                result.AddError(conflict);
            else if (words.Length > 0 && !SocketFilter.TryParse(words, out _, out var problem))
                result.AddError(problem);
        });
    }

    /// <summary>The filters, each of which a connection has to match.</summary>
    public IReadOnlyList<string> Read(ParseResult parsed)
    {
        var filters = new List<string>();
        if (parsed.GetValue(_filter) is { Length: > 0 } words)
            filters.Add(string.Join(' ', words));
        if (_family.IsIPv4Only(parsed))
            filters.Add("src 0.0.0.0/0");
        if (_family.IsIPv6Only(parsed))
            filters.Add("src ::/0");
        return filters;
    }
}

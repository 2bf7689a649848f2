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

    private readonly Option<bool> _ipv4 = new("--ipv4", "-4") { Description = "IPv4 only" };
    private readonly Option<bool> _ipv6 = new("--ipv6", "-6") { Description = "IPv6 only" };

    public void AddTo(Command command)
    {
        _filter.CompletionSources.Add(static _ =>
            ["state", "exclude", "sport", "dport", "src", "dst", "and", "or", "not", .. StateNames.Names]);
        command.Arguments.Add(_filter);
        command.Options.Add(_ipv4);
        command.Options.Add(_ipv6);
        command.Validators.Add(result =>
        {
            var words = result.GetValue(_filter) ?? [];
            if (UnknownOption.FindIn(words, command) is { } unknown)
                result.AddError(unknown);
            else if (result.GetValue(_ipv4) && result.GetValue(_ipv6))
                result.AddError("-4 and -6 exclude each other: leave out both to see both");
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
        if (parsed.GetValue(_ipv4))
            filters.Add("src 0.0.0.0/0");
        if (parsed.GetValue(_ipv6))
            filters.Add("src ::/0");
        return filters;
    }
}

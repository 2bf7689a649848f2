using System.CommandLine;
using System.CommandLine.Parsing;

namespace UserTcp.Cli;

/// <summary>The options -4 and -6.</summary>
internal sealed class FamilyOptions
{
    private readonly Option<bool> _ipv4 = new("--ipv4", "-4") { Description = "IPv4 only" };
    private readonly Option<bool> _ipv6 = new("--ipv6", "-6") { Description = "IPv6 only" };

    public void AddTo(Command command)
    {
        command.Options.Add(_ipv4);
        command.Options.Add(_ipv6);
    }

    public bool IsIPv4Only(SymbolResult result) => result.GetValue(_ipv4);

    public bool IsIPv6Only(SymbolResult result) => result.GetValue(_ipv6);

    public bool IsIPv4Only(ParseResult parsed) => parsed.GetValue(_ipv4);

    public bool IsIPv6Only(ParseResult parsed) => parsed.GetValue(_ipv6);

    /// <summary>What is wrong with both together; null when nothing is.</summary>
    public string? FindConflict(SymbolResult result) => IsIPv4Only(result) && IsIPv6Only(result)
        ? "-4 and -6 exclude each other: leave out both for either"
        : null;
}

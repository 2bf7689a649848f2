using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Text.RegularExpressions;

namespace UserTcp.Cli.Lab;

/// <summary>The options of the live page, which `up` and `lab` have.</summary>
internal sealed partial class PageArguments
{
    private static readonly string[] Impairments = ["--impair", "--impair-from-stack", "--impair-to-stack"];

    /// <summary>Where a lab publishes its page.</summary>
    private static readonly IPEndPoint Usual = new(IPAddress.Loopback, LabPage.Port);

    private readonly Option<bool> _open = new("--open")
    {
        Description = "Serve the live page of the stack, and print its address on standard error",
    };

    private readonly Option<string?> _publish = new("--publish")
    {
        Description = $"Where the page is outside of the lab; implies --open (default {Usual}, or a free port)",
        HelpName = "ADDRESS:PORT",
    };

    /// <summary>Adds the options to `up`, where the page needs no other address than the stack's.</summary>
    public void AddTo(Command command) => command.Options.Add(_open);

    /// <summary>Adds the options to `lab`, whose addresses are not reached from outside.</summary>
    public void AddToLab(Command command)
    {
        _publish.Validators.Add(static result =>
        {
            var text = result.Tokens is [var token, ..] ? token.Value : "";
            if (EndPointOf(text) is null)
                result.AddError($"--publish: '{text}' is not a loopback address and a port, such as {Usual}");
        });
        command.Options.Add(_open);
        command.Options.Add(_publish);
    }

    /// <summary>True when the page is served.</summary>
    public bool IsOpen(ParseResult parsed) => parsed.GetValue(_open) || parsed.GetResult(_publish) is not null;

    /// <summary>Where the page of a lab is outside, and whether a free port is as good.</summary>
    public (IPEndPoint EndPoint, bool MayMove) Published(ParseResult parsed) =>
        parsed.GetResult(_publish) is not null && parsed.GetValue(_publish) is { } text
            ? (EndPointOf(text)!, false)
            : (Usual, true);

    /// <summary>The command line, without impairments and without a command to run.</summary>
    public static string CommandLineOf(ParseResult parsed)
    {
        var options = parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(result => !result.Implicit && !Impairments.Contains(result.Option.Name))
            .SelectMany(result => result.Tokens.Select(token => token.Value).Prepend(result.Option.Name));
        string[] words = [CommandTree.Name, parsed.CommandResult.Command.Name, .. options];
        return string.Join(' ', words.Select(Quote));
    }

    private static IPEndPoint? EndPointOf(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 && IPAddress.IsLoopback(endPoint.Address)
            ? endPoint
            : null;

    /// <summary>A word of a shell.</summary>
    private static string Quote(string word) =>
        PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex("^[A-Za-z0-9_@%+=:,./-]+$")]
    private static partial Regex PlainWord();
}

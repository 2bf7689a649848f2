using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli;

/// <summary>The options of commands that print events: language and colours; the width is the terminal's.</summary>
internal sealed class StyleOptions
{
    private readonly Option<string> _language = CheckedOptions.Choice(
        "--lang", "The language of the sentences", "en", "ko");

    private readonly Option<string> _colors = CheckedOptions.Choice(
        "--color", "Colours by severity; auto is for terminals, unless NO_COLOR is set", "auto", "always", "never");

    public void AddTo(Command command)
    {
        command.Options.Add(_language);
        command.Options.Add(_colors);
    }

    /// <summary>The style of this process's standard output.</summary>
    public LineStyle Read(ParseResult parsed)
    {
        var isTerminal = !Console.IsOutputRedirected;
        var isAuto = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new LineStyle
        {
            Language = parsed.GetValue(_language) == "ko" ? Language.Korean : Language.English,
            Colors = parsed.GetValue(_colors) switch
            {
                "always" => true,
                "never" => false,
                _ => isAuto,
            },
            Width = isTerminal ? Console.WindowWidth : 0,
        };
    }
}

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

    /// <summary>The style of this process's standard output, or of its standard error.</summary>
    public LineStyle Read(ParseResult parsed, bool isError = false)
    {
        var isTerminal = isError ? !Console.IsErrorRedirected : !Console.IsOutputRedirected;
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
            Width = isTerminal ? WidthOf(isError) : 0,
        };
    }

    /// <summary>The columns of the terminal; the console knows only that of standard output.</summary>
    private static int WidthOf(bool isError) => isError && Console.IsOutputRedirected ? 80 : Console.WindowWidth;
}

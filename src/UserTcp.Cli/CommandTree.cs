using System.CommandLine;
using System.CommandLine.Help;
using UserTcp.Cli.Commands;

namespace UserTcp.Cli;

/// <summary>All commands, and what the command line has in common for them: help, and how a wrong line is told.</summary>
internal static class CommandTree
{
    public const string Name = "usertcp";

    public static ParseResult Parse(IReadOnlyList<string> arguments) =>
        // An argument such as @name is what it says, not a file of arguments.
        Create().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>Runs what was asked for. Signals and exceptions are the commands' own business, not the parser's.</summary>
    public static Task<int> InvokeAsync(ParseResult parsed, TextWriter output) => parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output });

    /// <summary>Says on one line what is wrong with the command line, and where help is.</summary>
    public static int Refuse(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var isRoot = command.Name == Name;
        error.WriteLine($"{Name}: {Problem(parsed, isRoot)} (see '{(isRoot ? Name : $"{Name} {command.Name}")} --help')");
        return ExitCode.Usage;
    }

    // Not a RootCommand, which would call itself by the assembly's name in every usage line.
    private static Command Create() => new(
        Name, "A TCP/IP host stack in user space, behind a Linux TUN device. Start with: usertcp demo")
    {
        new HelpOption { Recursive = true, Action = new DetailedHelp() },
        new VersionOption(),
        DemoCommand.Create(),
        LabCommand.Create(),
        UpCommand.Create(),
        NcCommand.Create(),
        SsCommand.Create(),
        WatchCommand.Create(),
        SimCommand.Create(),
        DiffCommand.Create(),
        CampaignCommand.Create(),
        LinkCommand.Create(),
        DoctorCommand.Create(),
    };

    private static string Problem(ParseResult parsed, bool isRoot) => parsed.UnmatchedTokens switch
    {
        [var option, ..] when option.StartsWith('-') => $"there is no option '{option}'",
        [var command, ..] when isRoot => $"there is no command '{command}'",
        [var argument, ..] => $"'{argument}' is one argument too many",
        [] when isRoot && parsed.Tokens.Count == 0 => "which command?",
        [] => parsed.Errors[0].Message,
    };
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Reflection;
using UserTcp.Cli.Commands;

namespace UserTcp.Cli;

/// <summary>All commands, with what they share: parsing, help, and the message for a wrong command line.</summary>
internal static class CommandTree
{
    public const string Name = "usertcp";

    public static ParseResult Parse(IReadOnlyList<string> arguments) => Parse(Create(), arguments);

    /// <summary>Parses a line that begins with the command's name, as a shell has it before the cursor.</summary>
    public static ParseResult ParseLine(string line) => Create().Parse(line, Configuration());

    /// <summary>Parses the arguments of a program whose commands are below <paramref name="root"/>.</summary>
    public static ParseResult Parse(Command root, IReadOnlyList<string> arguments) =>
        root.Parse(arguments, Configuration());

    /// <summary>Runs the parsed command. The command itself handles signals and exceptions, not the parser.</summary>
    public static Task<int> InvokeAsync(ParseResult parsed, TextWriter output) => parsed.InvokeAsync(
        new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = output,
        });

    /// <summary>
    /// Prints one line that says what is wrong with the command line and where the help is; returns the exit code.
    /// </summary>
    public static int Refuse(ParseResult parsed, TextWriter error)
    {
        var (root, command) = (parsed.RootCommandResult.Command, parsed.CommandResult.Command);
        var needsCommand = command == root && root.Subcommands.Count > 0;
        var path = command == root ? root.Name : $"{root.Name} {command.Name}";
        error.WriteLine($"{root.Name}: {Problem(parsed, needsCommand)} (see '{path} --help')");
        return ExitCode.Usage;
    }

    /// <summary>The program's version, as --version prints it.</summary>
    public static string Version =>
        typeof(CommandTree).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    // Not a RootCommand: every usage line would then begin with the name of the assembly.
    private static Command Create() => new(
        Name, "A TCP/IP host stack in user space, behind a Linux TUN device. Start with: usertcp demo")
    {
        new HelpOption { Recursive = true, Action = new DetailedHelp() },
        new VersionOption(),
        DemoCommand.Create(),
        LabCommand.Create(),
        LessonCommand.Create(),
        UpCommand.Create(),
        NcCommand.Create(),
        SsCommand.Create(),
        WatchCommand.Create(),
        PlotCommand.Create(),
        ExplainCommand.Create(),
        ReplayCommand.Create(),
        SimCommand.Create(),
        CampaignCommand.Create(),
        LinkCommand.Create(),
        DoctorCommand.Create(),
        CompletionCommand.Create(),
        ManCommand.Create(),
    };

    private static IEnumerable<string> CommandsOf(ParseResult parsed) =>
        parsed.RootCommandResult.Command.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);

    /// <summary>An argument such as @name stands for itself, not for a file of arguments.</summary>
    private static ParserConfiguration Configuration() => new() { ResponseFileTokenReplacer = null };

    private static string Problem(ParseResult parsed, bool needsCommand) => parsed.UnmatchedTokens switch
    {
        [var option, ..] when option.StartsWith('-') => UnknownOption.Message(option, parsed.CommandResult.Command),
        [var command, ..] when needsCommand =>
            $"there is no command '{command}'{Suggestion.For(command, CommandsOf(parsed))}",
        [var argument, ..] => $"'{argument}' is one argument too many",
        [] when needsCommand && parsed.Tokens.Count == 0 => "which command?",
        // The parser's own message does not say what the value is.
        [] when parsed.Errors[0].SymbolResult
            is OptionResult { Option: var option, Tokens.Count: 0, Implicit: false } =>
            $"{option.Name} needs a value: {option.Name} {option.HelpName}",
        [] => parsed.Errors[0].Message,
    };
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace UserTcp.Cli;

/// <summary>Prints the usual help, followed by the details of the command.</summary>
internal sealed class DetailedHelp : SynchronousCommandLineAction
{
    // Help is the same in a pipe, on a narrow terminal and on a wide one.
    private readonly HelpAction _usual = new() { MaxWidth = 100 };

    public override bool ClearsParseErrors => _usual.ClearsParseErrors;

    public override int Invoke(ParseResult parseResult)
    {
        using var usual = new StringWriter { NewLine = "\n" };
        var output = parseResult.InvocationConfiguration.Output;
        parseResult.InvocationConfiguration.Output = usual;
        _usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        var details = parseResult.CommandResult.Command is DetailedCommand command
            ? command.Details
            : $"More about a command: {CommandTree.Name} COMMAND --help";
        foreach (var line in $"{usual.ToString().TrimEnd()}\n\n{details}".Split('\n'))
            output.WriteLine(line.TrimEnd());
        return ExitCode.Success;
    }
}

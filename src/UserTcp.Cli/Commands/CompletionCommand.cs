using System.CommandLine;
using UserTcp.Cli.Completion;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp completion`: a script that completes command lines in a shell.</summary>
internal static class CompletionCommand
{
    private static readonly Argument<string> Shell = new("shell")
    {
        HelpName = "shell",
        Description = string.Join(", ", CompletionScript.Shells),
        CustomParser = result =>
        {
            var shell = result.Tokens[0].Value;
            if (!CompletionScript.Shells.Contains(shell))
            {
                result.AddError(
                    $"'{shell}' is not a shell{Suggestion.For(shell, CompletionScript.Shells)}: choose from "
                    + string.Join(", ", CompletionScript.Shells));
            }

            return shell;
        },
    };

    public static Command Create()
    {
        Shell.CompletionSources.Clear();
        Shell.CompletionSources.Add(CompletionScript.Shells);
        var command = new DetailedCommand(
            "completion", "Print a script that completes command lines in a shell",
            """
            The script goes into a shell's start file. It asks the command itself for commands, options and
            values, so it fits each version.

            Examples:
              eval "$(usertcp completion bash)"
              usertcp completion fish | source
            """)
        {
            Shell,
        };
        command.SetAction(static parsed =>
        {
            Console.Out.WriteLine(CompletionScript.For(parsed.GetValue(Shell)!));
            return ExitCode.Success;
        });
        return command;
    }
}

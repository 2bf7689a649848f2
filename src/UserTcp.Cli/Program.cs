using UserTcp.Cli;
using UserTcp.Cli.Completion;

if (Suggestions.TryAnswer(args, Console.Out))
    return ExitCode.Success;
var parsed = CommandTree.Parse(args);
return parsed.Errors.Count > 0
    ? CommandTree.Refuse(parsed, Console.Error)
    : await Failures.GuardAsync(() => CommandTree.InvokeAsync(parsed, Console.Out), Console.Error);

/// <summary>Declared, since ASP.NET Core makes it public otherwise.</summary>
internal sealed partial class Program;

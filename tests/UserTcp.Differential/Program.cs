using UserTcp.Cli;
using UserTcp.Differential;

var parsed = CommandTree.Parse(DiffCommand.Create(), args);
return parsed.Errors.Count > 0
    ? CommandTree.Refuse(parsed, Console.Error)
    : await Failures.GuardAsync(() => CommandTree.InvokeAsync(parsed, Console.Out), Console.Error, DiffCommand.Name);

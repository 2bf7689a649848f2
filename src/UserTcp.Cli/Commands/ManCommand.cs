using System.CommandLine;
using System.Reflection;
using UserTcp.Cli.Manual;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp man`: the manual page.</summary>
internal static class ManCommand
{
    public static Command Create()
    {
        var command = new DetailedCommand(
            "man", "Print the manual page of all commands, for man",
            """
            The page is written from the same tree of commands and options as --help.

            Examples:
              usertcp man | man -l -
              usertcp man >/usr/local/share/man/man1/usertcp.1
            """);
        command.SetAction(static parsed =>
        {
            Console.Out.Write(ManualPage.Write(parsed.RootCommandResult.Command, Version()));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Without the commit that a build appends.</summary>
    private static string Version() =>
        typeof(ManCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}

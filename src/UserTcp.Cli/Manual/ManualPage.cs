using System.CommandLine;
using System.Globalization;

namespace UserTcp.Cli.Manual;

/// <summary>Writes the manual page of all commands from the tree that --help is from.</summary>
internal static class ManualPage
{
    private static readonly (int Code, string Meaning)[] Codes =
    [
        (ExitCode.Success, "Success."),
        (ExitCode.Failure, "The command ran and failed: a check, a connection, or no running stack."),
        (ExitCode.Usage, "The command line is wrong."),
        (ExitCode.NoInput, "A file to read does not exist, cannot be read, or is broken."),
        (ExitCode.DeviceMissing, "The TUN device or a network namespace is missing."),
        (ExitCode.InternalFault, "The stack has died of a fault of its own."),
        (ExitCode.CannotCreate, "A file or folder to write cannot be made."),
        (ExitCode.NotPermitted, "A privilege is missing."),
        (ExitCode.Configuration, "Settings do not fit together or do not fit the machine."),
    ];

    private static readonly (string Name, string Meaning)[] Variables =
    [
        ("NO_COLOR", "No colours. Progress, on terminals only, has none."),
        ("NOTIFY_SOCKET", "Where up reports readiness to systemd(1); WATCHDOG_USEC asks for a sign of life."),
        ("UserTcp__NAME", "A setting of the stack, such as UserTcp__Mtu=9000."),
        (Control.ControlSocket.Variable, "The control socket that ss and watch ask, or the folder to look in."),
        ("USERTCP_NATIVE", "no: tools/usertcp uses the build for the .NET runtime."),
    ];

    /// <param name="root">The root of the tree.</param>
    /// <param name="version">The version, for the footer.</param>
    public static string Write(Command root, string version)
    {
        var roff = new Roff();
        roff.Macro("TH", root.Name.ToUpperInvariant(), "1", "", $"{root.Name} {version}", "User Commands");
        // Long options cannot be broken, so the right margin stays ragged.
        roff.Macro("ad l");
        roff.Macro("nh");
        roff.Macro("SH", "NAME");
        roff.Line($"{root.Name} - a TCP/IP host stack in user space");
        roff.Macro("SH", "SYNOPSIS");
        foreach (var command in Visible(root))
        {
            roff.Raw($"{Roff.Bold($"{root.Name} {command.Name}")} [{Roff.Italic("options")}]{ArgumentsOf(command)}");
            roff.Macro("br");
        }

        roff.Macro("SH", "DESCRIPTION");
        roff.Line(root.Description!);
        roff.Macro("SH", "OPTIONS");
        WriteOptions(roff, root);
        roff.Macro("SH", "COMMANDS");
        foreach (var command in Visible(root))
            WriteCommand(roff, root, command);
        WriteTable(
            roff, "EXIT STATUS",
            Codes.Select(code => (code.Code.ToString(CultureInfo.InvariantCulture), code.Meaning)));
        WriteTable(roff, "ENVIRONMENT", Variables);
        roff.Macro("SH", "SEE ALSO");
        roff.Raw($"{Roff.Bold("ip")}(8), {Roff.Bold("nc")}(1), {Roff.Bold("ss")}(8), {Roff.Bold("tun")}(4), "
            + $"{Roff.Bold("systemd.service")}(5)");
        return roff.ToString();
    }

    private static void WriteCommand(Roff roff, Command root, Command command)
    {
        roff.Macro("SS", $"{root.Name} {command.Name}");
        roff.Line($"{command.Description}.");
        if (command is DetailedCommand detailed)
        {
            roff.Macro("PP");
            roff.Paragraphs(detailed.Details);
        }

        foreach (var argument in command.Arguments)
            WriteEntry(roff, Roff.Italic(argument.Name), argument.Description);
        WriteOptions(roff, command);
    }

    private static void WriteOptions(Roff roff, Command command)
    {
        foreach (var option in command.Options.Where(option => !option.Hidden))
        {
            var names = option.Aliases.Append(option.Name)
                .Where(name => name.StartsWith('-'))
                .OrderBy(name => name.Length)
                .Select(Roff.Bold);
            var value = option.HelpName is { } name ? $" {Roff.Italic(name)}" : "";
            WriteEntry(roff, string.Join(", ", names) + value, option.Description);
        }
    }

    private static void WriteTable(Roff roff, string heading, IEnumerable<(string Term, string Meaning)> rows)
    {
        roff.Macro("SH", heading);
        foreach (var (term, meaning) in rows)
            WriteEntry(roff, Roff.Bold(term), meaning);
    }

    private static void WriteEntry(Roff roff, string term, string? meaning)
    {
        roff.Macro("TP");
        roff.Raw(term);
        roff.Line((meaning ?? "").TrimEnd('.') + ".");
    }

    private static string ArgumentsOf(Command command) => string.Concat(command.Arguments.Select(argument =>
        argument.Arity.MinimumNumberOfValues == 0
            ? $" [{Roff.Italic(argument.Name)}...]"
            : $" {Roff.Italic(argument.Name)}"));

    private static IEnumerable<Command> Visible(Command root) => root.Subcommands.Where(command => !command.Hidden);
}

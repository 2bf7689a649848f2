using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using UserTcp.Capture;
using UserTcp.Cli.Control;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Lab;
using UserTcp.Hosting;
using UserTcp.Impairment;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp lab`: a private network with the stack in it, for one command or a shell.</summary>
internal static class LabCommand
{
    private static readonly Argument<string[]> CommandLine = new("command")
    {
        Description = "What to run in the lab, after --; without it an interactive shell",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> PrintsLadder = new("--ladder")
    {
        Description = "When the command has ended, print the ladder of each connection on standard error",
    };

    public static Command Create()
    {
        var arguments = new StackArguments();
        var style = new StyleOptions();
        var page = new PageArguments();
        var command = new DetailedCommand(
            "lab", "Run a command, or a shell, in a private network with the stack in it",
            """
            Any user may. The network namespace has the stack and all its services on one side of a TUN device,
            and the kernel on the other; nothing is left behind. Without a command it is an interactive shell.
            Exits with the command's status: 127 when it is not found, 128 and the signal when one ended it;
            70 when the stack died while the command ran.
            --open prints one address, for a browser outside of the lab: each connection as it lives, with the
            states of both ends, its reasons, and faults at the press of a button. Who does not have the
            address sees nothing. For a browser in the lab, the command has its address in USERTCP_PAGE.

            Examples:
              usertcp lab -- curl -sS http://198.18.0.2/
              usertcp lab --msl 1 -- sh -c 'echo hello | nc -N 198.18.0.2 7'
              usertcp lab --open
              usertcp lab --ladder --impair drop=fin:1:from-stack -- curl -sS http://198.18.0.2/
            """)
        {
            CommandLine, PrintsLadder,
        };
        arguments.AddTo(command);
        style.AddTo(command);
        page.AddToLab(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed, arguments, page, style.Read(parsed, isError: true), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, StackArguments arguments, PageArguments open, LineStyle style,
        CancellationToken cancellationToken)
    {
        var commandLine = parsed.GetValue(CommandLine) ?? [];
        RefuseUnknownOption(parsed, commandLine);
        arguments.CheckFiles(parsed);
        await using var published = open.IsOpen(parsed) ? Publish(open, parsed) : null;
        Isolation.Enter(published);
        var ladder = parsed.GetValue(PrintsLadder) ? new Ladder() : null;
        var services = arguments.Services(parsed);
        var page = published is null
            ? null
            : new LabPage
            {
                Setup = new LabSetup(PageArguments.CommandLineOf(parsed), services, IsLab: true),
                Peers = new PeerStates(),
                Kept = new LabKept(records: true),
            };
        using var kernel = ladder is null && page is null ? null : new KernelStates(ladder, page?.Peers);
        var options = new StackHostOptions
        {
            Services = services,
            Configure = options => Configure(options, arguments, parsed, page),
            Observer = kernel,
            OpenDevice = kernel is null ? null : kernel.Open,
            Page = page,
            Verbose = arguments.IsVerbose(parsed),
        };
        await using var host = await StackHost.StartAsync(options, cancellationToken);
        // Standard output is the command's.
        if (parsed.GetValue(arguments.Json))
            ReadyLine.Print(Console.Error, host.Stack, services, json: true);
        else if (commandLine.Length == 0)
            Greet(host.Stack);
        if (page is not null)
            await OpenPageAsync(page, published!, new IPEndPoint(host.Stack.Addresses[0], LabPage.Port));

        if (commandLine.Length == 0)
            commandLine = [Shell()];
        var status = await host.StopAsync(await RunChildAsync(commandLine, host.ControlPath, cancellationToken));
        ladder?.PrintAll(Console.Error, style);
        return status;
    }

    private static PublishedPort Publish(PageArguments open, ParseResult parsed)
    {
        var (endPoint, mayMove) = open.Published(parsed);
        return PublishedPort.Open(endPoint, mayMove);
    }

    /// <summary>Prints the page's address outside of the lab. The command has the one inside.</summary>
    private static Task OpenPageAsync(LabPage page, PublishedPort published, IPEndPoint inside)
    {
        published.CarryTo(inside);
        Environment.SetEnvironmentVariable(LabPage.Variable, page.AddressAt(inside.ToString()));
        return Console.Error.WriteLineAsync($"The live page: {page.AddressAt(published.EndPoint.ToString())}");
    }

    private static void Configure(
        UserTcpOptions options, StackArguments arguments, ParseResult parsed, LabPage? page)
    {
        arguments.Apply(parsed, options);
        // The page impairs the link while it works: it is single segments from the start.
        if (page is not null)
            options.Impair ??= LinkImpairment.None.ToString();
    }

    /// <summary>A word with a dash that is no option of lab is a command only after --.</summary>
    private static void RefuseUnknownOption(ParseResult parsed, string[] commandLine)
    {
        var behindDashes = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        if (commandLine is not [['-', ..], ..] || commandLine.Length <= behindDashes)
            return;
        var names = UnknownOption.NamesOf(parsed.CommandResult.Command);
        throw new CommandException(
            ExitCode.Usage,
            $"'{commandLine[0]}' is no option of lab{Suggestion.For(commandLine[0], names)} (see "
            + $"'{CommandTree.Name} lab --help'); write -- before a command that begins with a dash");
    }

    private static async Task<int> RunChildAsync(
        string[] commandLine, string controlPath, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(commandLine[0], commandLine[1..]) { UseShellExecute = false };
        start.Environment[ControlSocket.Variable] = controlPath;
        if (Environment.GetEnvironmentVariable("USERTCP_TOOLS") is { } tools)
            start.Environment["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        // The child receives the terminal's signals too, and decides. A SIGTERM for this process is passed on to the
        // child.
        using var interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT, static context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _ = TerminateAsync(started.Task);
        });
        using var child = Start(start);
        started.SetResult(child);
        await child.WaitForExitAsync(cancellationToken);
        return child.ExitCode;
    }

    private static async Task TerminateAsync(Task<Process> child) => Signals.Terminate(await child);

    /// <summary>The user's shell, or /bin/sh.</summary>
    private static string Shell() =>
        Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } shell && File.Exists(shell) ? shell : "/bin/sh";

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            // The exit codes and words of a shell: 127 not found, 126 not executable.
            const int NoSuchFile = 2;
            if (exception.NativeErrorCode != NoSuchFile)
                throw new CommandException(126, $"{start.FileName}: cannot execute: permission denied");
            var isPath = start.FileName.Contains('/', StringComparison.Ordinal);
            throw new CommandException(
                127, $"{start.FileName}: {(isPath ? "no such file or directory" : "command not found")}");
        }
    }

    private static void Greet(UserTcpStack stack)
    {
        var address = stack.Addresses[0];
        Console.Error.WriteLine(
            $"""
            A private network: the kernel's TCP on one side of {stack.DeviceName}, UserTcp ({string.Join(", ", stack.Addresses)}) on the other. Try:
              curl http://{address}/
              curl -o /dev/null http://{address}/bytes/100M
              nc {address} 7                # echo; Ctrl-D half-closes with nc -N
              ping -c 3 {address}
              usertcp ss                    # our socket table; the kernel's: ss -tan
              usertcp watch                 # every segment with its reason
            Leave with exit; everything vanishes.
            """);
    }
}

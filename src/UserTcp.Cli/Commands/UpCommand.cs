using System.CommandLine;
using System.Net;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Lab;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp up`: the hosted stack in the current network namespace.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var arguments = new StackArguments();
        var page = new PageArguments();
        var command = new DetailedCommand(
            "up", "Run the stack and its services in the current network namespace",
            """
            Runs until SIGINT or SIGTERM. Prints one line that starts with 'ready' once traffic can flow.
            Needs CAP_NET_ADMIN, or a device prepared for this user:
              sudo ip tuntap add dev ut0 mode tun user $USER
            (mode tun multi_queue user $USER for --queues above 1).
            A capture has all events of 'watch', which 'explain' and 'plot' read. When the variable
            SSLKEYLOGFILE names a file, the services log their TLS keys to it, and the capture has the keys
            too: keep both secret.
            Settings also come from appsettings.json here and from variables such as UserTcp__Mtu=9000.

            Examples:
              sudo usertcp up --capture trace.pcapng
              curl http://198.18.0.2/
            """);
        arguments.AddTo(command);
        page.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, arguments, page, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, StackArguments arguments, PageArguments open, CancellationToken cancellationToken)
    {
        arguments.CheckFiles(parsed);
        var services = arguments.Services(parsed);
        var page = open.IsOpen(parsed)
            ? new LabPage
            {
                Setup = new LabSetup(PageArguments.CommandLineOf(parsed), services, IsLab: false),
                Kept = new LabKept(records: false),
            }
            : null;
        var options = new StackHostOptions
        {
            Services = services,
            Page = page,
            Configure = options => arguments.Apply(parsed, options),
            Verbose = arguments.IsVerbose(parsed),
            HandlesSignals = true,
        };
        await using var host = await StackHost.StartAsync(options, cancellationToken);
        ReadyLine.Print(Console.Out, host.Stack, options.Services, parsed.GetValue(arguments.Json));
        if (page is not null)
        {
            var address = page.AddressAt(new IPEndPoint(host.Stack.Addresses[0], LabPage.Port).ToString());
            await Console.Error.WriteLineAsync($"The live page: {address}");
        }

        return await host.WaitForShutdownAsync();
    }
}

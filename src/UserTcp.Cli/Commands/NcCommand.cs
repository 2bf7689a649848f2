using System.CommandLine;
using System.Net;
using UserTcp.Capture;
using UserTcp.Cli.Control;
using UserTcp.Cli.Netcat;
using UserTcp.Engine.Contract;
using UserTcp.Tun;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp nc`: connects standard input and output over a stack of its own.</summary>
internal static class NcCommand
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    private static readonly Option<string?> Stack = StackChoice.Option();

    private static readonly Option<string?> Device = CheckedOptions.Device(
        "TUN interface (default ut%d, the next free one)");
    private static readonly Option<string[]> Address = CheckedOptions.Addresses(
        "The stack's addresses (default 198.18.N.2,2001:db8:75:N::2 on utN)");
    private static readonly Option<string[]> Peer = CheckedOptions.Peers(
        "The kernel's end (default 198.18.N.1/24,2001:db8:75:N::1/64 on utN)");
    private static readonly Option<CongestionAlgorithm?> CongestionControl = CheckedOptions.CongestionControl();

    public static Command Create()
    {
        var arguments = new NcArguments();
        var trace = new TraceOptions();
        var command = new DetailedCommand(
            "nc", "Connect standard input and output over the user stack",
            """
            Connects to HOST PORT, or waits for a connection on PORT with -l. The end of input is sent as FIN;
            what the peer still sends is received. With -l the peer's FIN ends the connection, once what was
            read before is sent. Sets up a TUN interface of its own: needs root, or a lab. With --stack the
            connection is one of a running stack.
            A scan with -z prints a line for each open port, and exits with 0 when there is one or more.

            Examples:
              usertcp lab -- sh -c 'nc -l 5000 & sleep 1; echo hello | usertcp nc 198.18.0.1 5000'
              usertcp lab -- sh -c 'nc -l 5000 & sleep 1; echo hello | usertcp nc --ladder 198.18.0.1 5000'
              usertcp lab -- sh -c 'nc -l 5002 & sleep 1; usertcp nc -z 198.18.1.1 5000-5005'
              usertcp lab -- sh -c 'nc -l 5000 & sleep 1; echo hello | usertcp nc --stack ut0 198.18.0.1 5000'
            """);
        arguments.AddTo(command);
        foreach (var option in new Option[] { Stack, Device, Address, Peer, CongestionControl })
            command.Options.Add(option);
        trace.AddTo(command);
        command.Validators.Add(result =>
        {
            var own = new Option[] { Device, Address, Peer, CongestionControl }.Concat(trace.All)
                .FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
            if (result.GetValue(Stack) is not null && own is not null)
                result.AddError($"--stack excludes {own.Name}: the running stack has its own");
        });
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed, arguments.Read(parsed), trace, cancellationToken));
        return command;
    }

    /// <summary>
    /// The number at the end of a device's name, which the addresses on it have as well; 0 when there is none.
    /// </summary>
    internal static string NumberOf(string device)
    {
        var digits = device[(device.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1)..].TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, NcRequest request, TraceOptions trace, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(cancellationToken);
        try
        {
            return await RunAsync(parsed, request, trace, interruption);
        }
        catch (Exception exception) when (interruption.IsRequested
            && exception is IOException or NcFailure or OperationCanceledException or CommandException)
        {
            return interruption.ExitCode;
        }
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, NcRequest request, TraceOptions trace, Interruption interruption)
    {
        if (parsed.GetValue(Stack) is { } name)
        {
            using var client = await StackChoice.ConnectAsync(name, interruption.Token);
            var notice = await client.GetAsync("/stack", ControlJson.Default.StackNotice, interruption.Token);
            return await RunAsync(new RunningStack(client, notice.Addresses), request, interruption);
        }

        await using var stack = await StartStackAsync(parsed, trace, interruption.Token);
        var watch = trace.Start(parsed, stack);
        try
        {
            var code = await RunAsync(new OwnStack(stack), request, interruption);
            await stack.StopAsync(Drain);
            return code;
        }
        finally
        {
            await stack.DisposeAsync();
            await (watch?.EndAsync() ?? Task.CompletedTask);
        }
    }

    private static async Task<int> RunAsync(INcStack stack, NcRequest request, Interruption interruption)
    {
        await using var output = Console.OpenStandardOutput();
        var session = new NcSession(new NcInput(Console.OpenStandardInput()), output, interruption, request.Listens);
        return request switch
        {
            { Scans: true } => await new NcConnector(stack, request).ScanAsync(interruption.Token),
            { Listens: true } => await ListenAsync(new NcAcceptor(stack, request, session), request, interruption),
            _ => await ConnectAsync(new NcConnector(stack, request), request, session, interruption.Token),
        };
    }

    /// <summary>With -k a signal is the only end, also when the last connection has ended before it.</summary>
    private static async Task<int> ListenAsync(NcAcceptor acceptor, NcRequest request, Interruption interruption)
    {
        var code = await acceptor.RunAsync(interruption.Token);
        return request.Keeps && interruption.IsRequested ? interruption.ExitCode : code;
    }

    private static async Task<int> ConnectAsync(
        NcConnector connector, NcRequest request, NcSession session, CancellationToken cancellationToken)
    {
        await using var connection = await connector.ConnectAsync(request.Ports.First, cancellationToken);
        request.SayIfVerbose(NcConnector.Succeeded(request.Host, request.Ports.First));
        return await session.RunAsync(connection);
    }

    private static ValueTask<UserTcpStack> StartStackAsync(
        ParseResult parsed, TraceOptions trace, CancellationToken cancellationToken)
    {
        var device = TunDevice.Open(new TunDeviceOptions { Name = parsed.GetValue(Device) ?? "ut%d" });
        try
        {
            var number = NumberOf(device.Name);
            var peers = parsed.GetValue(Peer) is { Length: > 0 } givenPeers
                ? givenPeers
                : [$"198.18.{number}.1/24", $"2001:db8:75:{number}::1/64"];
            var addresses = parsed.GetValue(Address) is { Length: > 0 } given
                ? given
                : [$"198.18.{number}.2", $"2001:db8:75:{number}::2"];
            foreach (var peer in peers)
                device.AddKernelAddress(TunAddress.Parse(peer));
            var link = trace.Wrap(parsed, device);
            var options = new UserTcpStackOptions
            {
                Device = link,
                Observer = (link as CapturingDevice)?.JoinEvents(),
                Addresses = [.. addresses.Select(IPAddress.Parse)],
            };
            options.Engine.CongestionControl = parsed.GetValue(CongestionControl) ?? options.Engine.CongestionControl;
            return UserTcpStack.StartAsync(options, cancellationToken);
        }
        catch (FormatException exception)
        {
            device.Dispose();
            throw new CommandException(ExitCode.Configuration, exception.Message);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}

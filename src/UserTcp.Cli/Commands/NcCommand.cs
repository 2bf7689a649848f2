using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tun;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp nc`: connects standard input and output over a stack of its own.</summary>
internal static class NcCommand
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    private static readonly Argument<string[]> Target = new("target")
    {
        Description = "HOST PORT, or PORT with --listen",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Listen = new("--listen", "-l")
    {
        Description = "Wait for a connection instead of making one",
    };

    private static readonly Option<TimeSpan?> Wait = CheckedOptions.Seconds(
        "--wait", ["-w"], "Stop connecting or waiting after that long");
    private static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Log events on standard error",
    };

    private static readonly Option<string?> Device = CheckedOptions.Device(
        "TUN interface (default ut%d, the next free one)");
    private static readonly Option<string[]> Address = CheckedOptions.Addresses(
        "The stack's addresses (default 198.18.N.2,2001:db8:75:N::2 on utN)");
    private static readonly Option<string[]> Peer = CheckedOptions.Peers(
        "The kernel's end (default 198.18.N.1/24,2001:db8:75:N::1/64 on utN)");
    private static readonly Option<CongestionAlgorithm?> CongestionControl = CheckedOptions.CongestionControl();

    public static Command Create()
    {
        var command = new DetailedCommand(
            "nc", "Connect standard input and output over the user stack",
            """
            Connects to HOST PORT, or waits for a connection on PORT with -l. The end of input is sent as FIN;
            what the peer still sends is received. Sets up a TUN interface of its own: needs root, or a lab.

            Example:
              usertcp lab -- sh -c 'nc -l 5000 & sleep 1; echo hello | usertcp nc 198.18.0.1 5000'
            """)
        {
            Target, Listen, Wait, Verbose, Device, Address, Peer, CongestionControl,
        };
        command.Validators.Add(Check);
        command.SetAction(RunAsync);
        return command;
    }

    private static void Check(CommandResult result)
    {
        var target = result.GetValue(Target) ?? [];
        if (target.Length != (result.GetValue(Listen) ? 1 : 2))
        {
            result.AddError("nc takes HOST PORT, or -l PORT");
        }
        else if (!ushort.TryParse(target[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            result.AddError($"'{target[^1]}' is not a port: 1 to 65535");
        }
    }

    /// <summary>
    /// The number at the end of a device's name, which the addresses on it have as well; 0 when there is none.
    /// </summary>
    internal static string NumberOf(string device)
    {
        var digits = device[(device.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1)..].TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(cancellationToken);
        try
        {
            return await RunAsync(parsed, interruption);
        }
        catch (Exception exception) when (interruption.IsRequested
            && exception is IOException or OperationCanceledException or CommandException)
        {
            return interruption.ExitCode;
        }
    }

    private static async Task<int> RunAsync(ParseResult parsed, Interruption interruption)
    {
        var target = parsed.GetValue(Target)!;
        var isListening = parsed.GetValue(Listen);
        var port = ushort.Parse(target[^1], CultureInfo.InvariantCulture);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
        await using var stack = await StartStackAsync(parsed, interruption.Token);
        if (parsed.GetValue(Wait) is { } time)
            limit.CancelAfter(time);
        Action<string> say = parsed.GetValue(Verbose) ? Console.Error.WriteLine : static _ => { };
        await using var connection = isListening
            ? await AcceptAsync(stack, port, say, limit.Token)
            : await ConnectAsync(stack, target[0], port, say, limit.Token);
        // The abort sends a RST and ends all pending reads and writes.
        using var abort = interruption.Token.UnsafeRegister(
            static aborted => ((UserTcpConnection)aborted!).Abort(), connection);
        var code = await CopyBothWaysAsync(connection, interruption);
        await connection.DisposeAsync();
        await stack.StopAsync(Drain);
        return code;
    }

    private static ValueTask<UserTcpStack> StartStackAsync(ParseResult parsed, CancellationToken cancellationToken)
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
            var options = new UserTcpStackOptions
            {
                Device = device,
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

    private static async Task<UserTcpConnection> ConnectAsync(
        UserTcpStack stack, string host, ushort port, Action<string> say, CancellationToken cancellationToken)
    {
        EndPoint remote = IPAddress.TryParse(host, out var address)
            ? new IPEndPoint(address, port)
            : new DnsEndPoint(host, port);
        try
        {
            var connection = await stack.ConnectAsync(remote, cancellationToken);
            say($"Connection to {host} {port} port succeeded");
            return connection;
        }
        catch (SocketException exception)
        {
            throw new CommandException(ExitCode.Failure, $"{host} port {port}: {Words(exception)}");
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"{host} port {port}: no answer in time");
        }
    }

    private static async Task<UserTcpConnection> AcceptAsync(
        UserTcpStack stack, ushort port, Action<string> say, CancellationToken cancellationToken)
    {
        try
        {
            await using var listener = await stack.ListenAsync(
                new IPEndPoint(IPAddress.IPv6Any, port), cancellationToken);
            say($"Listening on {string.Join(", ", stack.Addresses)} port {port}");
            var connection = await listener.AcceptConnectionAsync(cancellationToken);
            say($"Connection from {connection.RemoteEndPoint}");
            return connection;
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"port {port}: nobody connected in time");
        }
    }

    private static async Task<int> CopyBothWaysAsync(UserTcpConnection connection, Interruption interruption)
    {
        await using var output = Console.OpenStandardOutput();
        var sending = SendInputAsync(connection);
        try
        {
            await connection.GetStream().CopyToAsync(output);
            await output.FlushAsync();
            // The peer has closed its side. Ours stays open until the peer has all the input, or the connection ends.
            await await Task.WhenAny(sending, connection.WritesClosed);
            await connection.WritesClosed;
            return ExitCode.Success;
        }
        catch (IOException exception) when (!interruption.IsRequested)
        {
            Console.Error.WriteLine(
                $"usertcp: {(exception.InnerException is SocketException inner ? Words(inner) : exception.Message)}");
            return ExitCode.Failure;
        }
    }

    private static async Task SendInputAsync(UserTcpConnection connection)
    {
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(connection.GetStream());
        connection.CompleteWrites();
    }

    private static string Words(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by the peer",
        SocketError.TimedOut => "no answer",
        SocketError.HostNotFound => "no such host",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route",
        _ => exception.Message,
    };
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>Active opens of `nc`: one, or a scan of ports.</summary>
internal sealed class NcConnector(UserTcpStack stack, NcRequest request)
{
    /// <exception cref="CommandException">There is no connection, and why.</exception>
    public async Task<UserTcpConnection> ConnectAsync(ushort port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Wait is { } time)
            limit.CancelAfter(time);
        try
        {
            return await stack.ConnectAsync(
                new UserTcpConnectionOptions
                {
                    RemoteEndPoint = IPAddress.TryParse(request.Host, out var address)
                        ? new IPEndPoint(address, port)
                        : new DnsEndPoint(request.Host, port, request.Family),
                    LocalEndPoint = new IPEndPoint(IPAddress.Any, request.SourcePort),
                },
                limit.Token);
        }
        catch (SocketException exception)
        {
            throw new CommandException(ExitCode.Failure, $"{request.Host} port {port}: {NcSession.Words(exception)}");
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"{request.Host} port {port}: no answer in time");
        }
    }

    /// <summary>Tries one port after the other; succeeds when one or more accept a connection.</summary>
    public async Task<int> ScanAsync(CancellationToken cancellationToken)
    {
        var code = ExitCode.Failure;
        foreach (var port in request.Ports.Ports)
        {
            try
            {
                await using var connection = await ConnectAsync(port, cancellationToken);
                Console.Error.WriteLine(Succeeded(request.Host, port));
                code = ExitCode.Success;
            }
            catch (CommandException exception) when (!cancellationToken.IsCancellationRequested)
            {
                request.SayIfVerbose(exception.Message);
            }
        }

        return code;
    }

    /// <summary>The line of nc(1).</summary>
    public static string Succeeded(string host, ushort port) => string.Create(
        CultureInfo.InvariantCulture,
        $"Connection to {host} {port} port [tcp/{ServiceNames.FindName(port) ?? "*"}] succeeded!");
}

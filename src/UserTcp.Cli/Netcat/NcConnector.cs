using System.Globalization;

namespace UserTcp.Cli.Netcat;

/// <summary>Active opens of `nc`: one, or a scan of ports.</summary>
internal sealed class NcConnector(INcStack stack, NcRequest request)
{
    /// <exception cref="CommandException">There is no connection, and why.</exception>
    public async Task<INcConnection> ConnectAsync(ushort port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Wait is { } time)
            limit.CancelAfter(time);
        try
        {
            return await stack.ConnectAsync(request.Host, port, request.SourcePort, request.Family, limit.Token);
        }
        catch (NcFailure failure)
        {
            throw new CommandException(ExitCode.Failure, $"{request.Host} port {port}: {failure.Message}");
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

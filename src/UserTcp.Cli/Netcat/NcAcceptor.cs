namespace UserTcp.Cli.Netcat;

/// <summary>The passive open of `nc`: serves one connection, or one after another.</summary>
internal sealed class NcAcceptor(INcStack stack, NcRequest request, NcSession session)
{
    /// <exception cref="CommandException">The port is in use, or no peer has connected in time.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var listener = await ListenAsync(cancellationToken);
        request.SayIfVerbose($"Listening on {string.Join(", ", stack.Addresses)} port {request.Ports.First}");
        int code;
        do
        {
            await using var connection = await AcceptAsync(listener, cancellationToken);
            request.SayIfVerbose($"Connection from {connection.Remote}");
            if (!request.Keeps)
                await listener.DisposeAsync();
            code = await session.RunAsync(connection);
        }
        while (request.Keeps && !cancellationToken.IsCancellationRequested);
        return code;
    }

    private async Task<INcListener> ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await stack.ListenAsync(request.Ports.First, request.Family, cancellationToken);
        }
        catch (NcFailure failure)
        {
            throw new CommandException(ExitCode.Failure, $"port {request.Ports}: {failure.Message}");
        }
    }

    private async Task<INcConnection> AcceptAsync(INcListener listener, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Wait is { } time)
            limit.CancelAfter(time);
        try
        {
            return await listener.AcceptAsync(limit.Token);
        }
        catch (NcFailure failure)
        {
            throw new CommandException(ExitCode.Failure, $"port {request.Ports}: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"port {request.Ports}: nobody connected in time");
        }
    }
}

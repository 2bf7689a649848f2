using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>The passive open of `nc`: serves one connection, or one after another.</summary>
internal sealed class NcAcceptor(UserTcpStack stack, NcRequest request, NcSession session)
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
            request.SayIfVerbose($"Connection from {connection.RemoteEndPoint}");
            if (!request.Keeps)
                await listener.DisposeAsync();
            code = await session.RunAsync(connection);
        }
        while (request.Keeps && !cancellationToken.IsCancellationRequested);
        return code;
    }

    private async Task<UserTcpListener> ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Without IPv6Only, :: takes both families.
            var address = request.Family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
            var options = new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(address, request.Ports.First),
                IPv6Only = request.Family == AddressFamily.InterNetworkV6,
            };
            return await stack.ListenAsync(options, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw new CommandException(ExitCode.Failure, $"port {request.Ports}: {NcSession.Words(exception)}");
        }
    }

    private async Task<UserTcpConnection> AcceptAsync(UserTcpListener listener, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Wait is { } time)
            limit.CancelAfter(time);
        try
        {
            return await listener.AcceptConnectionAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"port {request.Ports}: nobody connected in time");
        }
    }
}

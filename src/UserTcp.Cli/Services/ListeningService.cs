using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using UserTcp.Hosting;

namespace UserTcp.Cli.Services;

/// <summary>Serves one connection to its end. Errors of the connection may be thrown.</summary>
internal delegate Task ConnectionHandler(ServedConnection served, CancellationToken cancellationToken);

/// <summary>
/// Accepts connections on one port, on every address of the stack, and hands each to a handler; more than
/// <see cref="ConnectionGate.MaxConnections"/> are reset.
/// </summary>
internal sealed class ListeningService(
    string name, int port, ConnectionHandler handler, IUserTcpStackProvider stacks, IOptions<UserTcpOptions> hosting,
    ILogger<ListeningService> logger, TimeProvider? time = null)
    : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConnectionGate _gate = new(time ?? TimeProvider.System);
    private UserTcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var stack = await stacks.GetStackAsync(cancellationToken);
        var options = new UserTcpListenerOptions
        {
            // :: takes both families.
            ListenEndPoint = new IPEndPoint(IPAddress.IPv6Any, port),
            NoDelay = true,
            FastOpen = hosting.Value.FastOpen,
            // No handler ever blocks, and a turn of one takes less than to wake another thread for it.
            InlineContinuations = true,
        };
        _listener = await stack.ListenAsync(options, cancellationToken);
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>
    /// Takes no more connections. Those that are open end with the stack: FIN, then RST at its deadline.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _accepting;
        if (_listener is not null)
            await _listener.DisposeAsync();
    }

    public void Dispose()
    {
        _gate.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(UserTcpListener listener)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptConnectionAsync(_stopping.Token));
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
            // A SocketException is what waits here gets when the stack closes the listener first.
            logger.StoppedAccepting(name, exception.Message);
        }
    }

    private async Task ServeAsync(UserTcpConnection connection)
    {
        await using (connection)
        {
            if (_gate.TryEnter(connection) is not { } served)
            {
                logger.TooManyConnections(name, connection.RemoteEndPoint);
                connection.Abort();
                return;
            }

            try
            {
                await handler(served, _stopping.Token);
            }
            catch (Exception exception)
                when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                logger.ConnectionEnded(name, connection.RemoteEndPoint, exception.Message);
            }
            catch (Exception exception)
            {
                // A fault of the handler costs this connection.
                logger.HandlerFailed(name, connection.RemoteEndPoint, exception);
                connection.Abort();
            }
            finally
            {
                _gate.Leave(served);
            }
        }
    }
}

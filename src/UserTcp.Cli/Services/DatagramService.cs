using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting;

namespace UserTcp.Cli.Services;

/// <summary>Serves the datagrams of a socket until the token is cancelled.</summary>
internal delegate Task DatagramHandler(UserTcpUdpSocket socket, CancellationToken cancellationToken);

/// <summary>Binds one UDP port, on every address of the stack, and hands its socket to a handler.</summary>
internal sealed class DatagramService(
    string name, int port, DatagramHandler handler, IUserTcpStackProvider stacks, ILogger<DatagramService> logger)
    : IHostedService, IDisposable
{
    private const int FirstUnprivileged = 1024;

    private readonly CancellationTokenSource _stopping = new();
    private UserTcpUdpSocket? _socket;
    private Task _serving = Task.CompletedTask;

    /// <summary>
    /// True when a peer may get an answer. A service answers no other service: two that answer each other would never
    /// end, and one forged datagram begins it.
    /// </summary>
    public static bool MayAnswer(EndPoint peer) => ((IPEndPoint)peer).Port >= FirstUnprivileged;

    /// <summary>Sends a datagram. One that does not fit the path, or finds no memory, is lost.</summary>
    public static async ValueTask TrySendAsync(
        UserTcpUdpSocket socket, ReadOnlyMemory<byte> data, EndPoint peer, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendToAsync(data, peer, cancellationToken);
        }
        catch (SocketException)
        {
            // The peer hears nothing, and may ask again.
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var stack = await stacks.GetStackAsync(cancellationToken);
        // :: takes both families.
        _socket = await stack.BindUdpAsync(new IPEndPoint(IPAddress.IPv6Any, port), cancellationToken);
        _serving = ServeAsync(_socket);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _serving;
        if (_socket is not null)
            await _socket.DisposeAsync();
    }

    public void Dispose() => _stopping.Dispose();

    private async Task ServeAsync(UserTcpUdpSocket socket)
    {
        try
        {
            await handler(socket, _stopping.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
            logger.StoppedReceiving(name, exception.Message);
        }
    }
}

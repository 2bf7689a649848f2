using UserTcp;
using UserTcp.Testing;

namespace FourBugs;

/// <summary>A service over raw connections, as an application of a virtual host.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly UserTcpListener _listener;
    private readonly Task _accepting;

    private Service(UserTcpListener listener, Func<Stream, Task> serve)
    {
        _listener = listener;
        _accepting = AcceptAsync(serve);
    }

    /// <summary>Serves each connection to a port of the host, until the host crashes or the network ends.</summary>
    public static async Task<IAsyncDisposable?> StartAsync(VirtualHost host, int port, Func<Stream, Task> serve) =>
        new Service(await host.ListenAsync(port), serve);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _accepting;
    }

    private async Task AcceptAsync(Func<Stream, Task> serve)
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptConnectionAsync(), serve);
        }
        catch (Exception error) when (error is ObjectDisposedException or System.Net.Sockets.SocketException)
        {
        }
    }

    private static async Task ServeAsync(UserTcpConnection connection, Func<Stream, Task> serve)
    {
        try
        {
            await serve(connection.GetStream());
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // A service would log it.
        }
    }
}

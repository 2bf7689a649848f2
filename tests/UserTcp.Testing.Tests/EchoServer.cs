namespace UserTcp.Testing.Tests;

/// <summary>Sends back what it receives, on port 7.</summary>
internal sealed class EchoServer(UserTcpListener listener) : IAsyncDisposable
{
    private Task _accepting = Task.CompletedTask;

    public static async Task<EchoServer> StartAsync(VirtualHost host)
    {
        var server = new EchoServer(await host.ListenAsync(7));
        server._accepting = server.AcceptAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = EchoAsync(await listener.AcceptConnectionAsync());
        }
        catch (Exception error)
            when (error is ObjectDisposedException or IOException or System.Net.Sockets.SocketException)
        {
            // The end of the host.
        }
    }

    private static async Task EchoAsync(UserTcpConnection connection)
    {
        try
        {
            await using (connection)
                await connection.GetStream().CopyToAsync(connection.GetStream());
        }
        catch (IOException)
        {
            // The client or the host has gone.
        }
    }
}

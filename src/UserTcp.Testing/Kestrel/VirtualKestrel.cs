using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Hosting;

namespace UserTcp.Testing.Kestrel;

/// <summary>
/// Gives Kestrel the network's time before it starts, for as long as the application runs, and stops it before it is
/// disposed of: Kestrel's own disposal would block the only worker until it has stopped.
/// </summary>
internal sealed class VirtualKestrel(IServer server, VirtualHost host) : IHostedLifecycleService, IAsyncDisposable
{
    private IDisposable? _heartbeat;
    private bool _hasStarted;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        host.OnApplicationStarting();
        _heartbeat = KestrelClock.Set(server, host.Network.Clock);
        _hasStarted = true;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _heartbeat?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Called before the server's disposal, since the server is the older of the two. It then stops as Kestrel's
    /// disposal does, with a token that is cancelled already: at once, and no second time.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _heartbeat?.Dispose();
        if (_hasStarted)
            await server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
    }
}

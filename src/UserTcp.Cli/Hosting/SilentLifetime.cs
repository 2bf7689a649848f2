using Microsoft.Extensions.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>The lifetime of a host whose command handles signals itself.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using UserTcp.Testing;

namespace FourBugs;

/// <summary>Starts a host again within a second of its crash, as systemd does.</summary>
internal sealed class Supervisor : IDisposable
{
    private readonly VirtualHost _host;
    private readonly PeriodicTimer _timer;

    public Supervisor(VirtualHost host)
    {
        _host = host;
        _timer = new PeriodicTimer(TimeSpan.FromSeconds(1), host.Network.TimeProvider);
        _ = WatchAsync();
    }

    public void Dispose() => _timer.Dispose();

    private async Task WatchAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            if (!_host.IsUp)
                await _host.RestartAsync();
        }
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>A stack that fails stops its host with an exit code of its own.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly int _exitCode = Environment.ExitCode;

    public void Dispose() => Environment.ExitCode = _exitCode;

    [Fact]
    public async Task A_broken_device_stops_the_host_with_exit_code_70()
    {
        await using var network = await Network.CreateAsync();
        using var log = new LogBook();
        using var host = Hosts.Build(network, log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

        network.Device.Fail(new IOException("the cable burns"));
        await host.WaitForShutdownAsync(TestContext.Current.CancellationToken).OrFail();

        Assert.True(stopping.IsCancellationRequested);
        Assert.Equal(70, Environment.ExitCode);
        var failure = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Critical);
        Assert.Equal($"Stack on {network.Device.Name} failed; the host stops", failure.Message);
        Assert.Equal("the cable burns", failure.Exception!.Message);
        Assert.True(network.Device.IsDisposed);
    }

    [Fact]
    public async Task An_orderly_end_leaves_the_exit_code_alone()
    {
        Environment.ExitCode = 3;
        await using var network = await Network.CreateAsync();
        using var log = new LogBook();
        using var host = Hosts.Build(network, log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await host.WaitForShutdownAsync(TestContext.Current.CancellationToken).OrFail();

        Assert.Equal(3, Environment.ExitCode);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }
}

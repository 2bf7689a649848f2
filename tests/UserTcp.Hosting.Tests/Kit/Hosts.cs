using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>Builds hosts without a log or external configuration.</summary>
internal static class Hosts
{
    /// <summary>
    /// A host over the network's device; <paramref name="before"/> registers services in front of the stack.
    /// </summary>
    public static IHost Build(
        Network network, Action<UserTcpOptions>? configure = null, Action<IServiceCollection>? before = null,
        Action<IServiceCollection>? after = null, LogBook? log = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        if (log is not null)
            builder.Logging.AddProvider(log);
        before?.Invoke(builder.Services);
        builder.Services.AddUserTcp(configure, network.Open);
        after?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>A host configured by name and value.</summary>
    public static IHost Build(Network network, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddUserTcp(null, network.Open);
        return builder.Build();
    }

    public static Task<UserTcpStack> StackAsync(this IHost host) =>
        host.Services.GetRequiredService<IUserTcpStackProvider>().GetStackAsync().OrFail();
}

/// <summary>A service that calls back at each stage of the host's life.</summary>
internal sealed class Probe : IHostedLifecycleService
{
    public Func<Task> Starting { get; init; } = static () => Task.CompletedTask;

    public Func<Task> Start { get; init; } = static () => Task.CompletedTask;

    public Func<CancellationToken, Task> Stop { get; init; } = static _ => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Starting();

    public Task StartAsync(CancellationToken cancellationToken) => Start();

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Stop(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

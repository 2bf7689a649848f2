using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>What an application's other services get of the stack.</summary>
public sealed class ServicesTests
{
    [Fact]
    public async Task The_stack_is_a_service_once_the_host_has_started()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network);

        var early = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<UserTcpStack>);
        Assert.StartsWith("The stack is not up before the host starts.", early.Message, StringComparison.Ordinal);

        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Same(await host.StackAsync(), host.Services.GetRequiredService<UserTcpStack>());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_client_of_the_factory_connects_over_the_stack()
    {
        await using var network = await Network.CreateAsync();
        await using var listener = await network.Peer.ListenAsync(new IPEndPoint(Network.PeerIPv4, 80)).OrFail();
        using var host = Hosts.Build(
            network, after: services => services.AddHttpClient("far").UseUserTcp());
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("far");

        var response = client.GetStringAsync(new Uri("http://198.18.0.1/"), TestContext.Current.CancellationToken);
        await using var accepted = await listener.AcceptConnectionAsync().OrFail();
        await accepted.GetStream().WriteAsync(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal("hello", await response.OrFail());
        Assert.Equal(Network.HostIPv4, accepted.RemoteEndPoint.Address);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_health_check_follows_the_stack()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(
            network, after: services => services.AddLogging().AddHealthChecks().AddUserTcp());
        var health = host.Services.GetRequiredService<HealthCheckService>();

        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync());

        async Task<HealthStatus> StatusAsync()
        {
            var report = await health.CheckHealthAsync(TestContext.Current.CancellationToken);
            Assert.Equal(["usertcp"], report.Entries.Keys);
            return report.Status;
        }
    }
}

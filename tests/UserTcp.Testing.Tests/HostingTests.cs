using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Applications find the network's host, stack, time and clients in their services.</summary>
public sealed class HostingTests
{
    [Fact]
    public Task A_service_calls_another_one_through_IHttpClientFactory() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("stock", async host =>
        {
            var app = Create(host).Build();
            app.MapGet("/", () => "3 left");
            await app.StartAsync();
            return app;
        });
        await network.AddHostAsync("shop", async host =>
        {
            var builder = Create(host);
            builder.Services.AddHttpClient("stock", client => client.BaseAddress = new Uri("http://stock.test/"))
                .UseVirtualNetwork(host, TimeSpan.FromSeconds(5));
            var app = builder.Build();
            app.MapGet("/", async (IHttpClientFactory clients) =>
                "bolts: " + await clients.CreateClient("stock").GetStringAsync(new Uri("/", UriKind.Relative)));
            await app.StartAsync();
            return app;
        });
        using var client = network.CreateClient("browser");

        Assert.Equal("bolts: 3 left", await client.GetStringAsync(new Uri("http://shop/")));

        network.AddFault("drop from shop to stock");
        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.GetStringAsync(new Uri("http://shop/")));
        Assert.Equal(HttpStatusCode.InternalServerError, error.StatusCode);
        Assert.InRange(network.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
    });

    [Fact]
    public Task The_hosts_parts_are_services() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("api", async host =>
        {
            var app = Create(host).Build();
            Assert.Same(host, app.Services.GetRequiredService<VirtualHost>());
            Assert.Same(network, app.Services.GetRequiredService<VirtualNetwork>());
            Assert.Same(host.Stack, app.Services.GetRequiredService<UserTcpStack>());
            Assert.Same(network.TimeProvider, app.Services.GetRequiredService<TimeProvider>());
            await app.StartAsync();
            return app;
        });
    });

    [Fact]
    public Task An_end_point_that_only_the_kernel_has_is_refused() => VirtualNetwork.RunAsync(async network =>
    {
        var builder = Create(network.AddHost("api"));
        builder.WebHost.UseUrls("http://localhost:5000");
        await using var app = builder.Build();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync());

        Assert.Contains(
            "is no address of the virtual host api, which has 10.0.0.1. Other hosts reach it at a wildcard, such as "
            + "http://*:80.",
            error.ToString(), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_name_that_no_host_has_is_not_found() => VirtualNetwork.RunAsync(async network =>
    {
        network.AddHost("api");
        using var client = network.CreateClient("client");

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(new Uri("http://apy.test/")));

        Assert.Contains(
            "No host of the virtual network has the name apy.test. It has api, client. Did you mean api?",
            error.ToString(), StringComparison.Ordinal);
    });

    private static WebApplicationBuilder Create(VirtualHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder.UseVirtualNetwork(host);
    }
}

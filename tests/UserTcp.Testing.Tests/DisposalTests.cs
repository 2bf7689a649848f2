using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>The disposal of an application does not block the only worker.</summary>
public sealed class DisposalTests
{
    [Fact]
    public Task An_application_may_be_disposed_of_without_a_stop() => VirtualNetwork.RunAsync(async network =>
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(network, "api");
        await using var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync();
        using var client = network.CreateClient("client");

        Assert.Equal("hello", await client.GetStringAsync(new Uri("http://api.test/")));
    });
}

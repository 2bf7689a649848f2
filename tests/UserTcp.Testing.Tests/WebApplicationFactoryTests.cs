using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>A WebApplicationFactory serves its application on a virtual network.</summary>
public sealed class WebApplicationFactoryTests
{
    [Fact]
    public async Task An_application_that_knows_nothing_runs_in_virtual_time()
    {
        var result = await VirtualExploration.RunTwiceAsync(async network =>
        {
            await using var factory = new Factory(network);
            factory.UseKestrel();
            await network.SetUpAsync(factory.StartServer);
            using var client = network.CreateClient("client");
            network.AddFault("drop data:1 from api");

            Assert.Equal("late", await client.GetStringAsync(new Uri("http://api.test/late")));
        });

        result.ThrowIfFailed();
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
    }

    private sealed class Factory(VirtualNetwork network) : WebApplicationFactory<WebApp.EntryPoint>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) =>
            builder.UseVirtualNetwork(network, "api").UseContentRoot(AppContext.BaseDirectory);
    }
}

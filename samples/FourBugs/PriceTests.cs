using FourBugs.Prices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using UserTcp.Testing;
using Xunit;

namespace FourBugs;

/// <summary>A timeout that is shorter than TCP's own, on a network that loses packets.</summary>
public sealed class PriceTests
{
    private static readonly VirtualNetworkOptions Options = new()
    {
        Impairment = LinkImpairment.Parse("loss=2%,delay=10ms"),
    };

    [Fact]
    public async Task Half_a_second_is_too_short_for_one_lost_packet()
    {
        var found = await Search.FindAsync(
            "Half a second is too short for one lost packet",
            network => AskAsync(network, TimeSpan.FromMilliseconds(500)), Options);

        Assert.StartsWith("drop packet:1 ", Assert.Single(found.Strikes).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public Task Five_seconds_are_enough() =>
        Search.PassAsync(network => AskAsync(network, TimeSpan.FromSeconds(5)), Options);

    private static async Task AskAsync(VirtualNetwork network, TimeSpan timeout)
    {
        await network.AddHostAsync("api", StartAsync);
        using var http = network.CreateClient("shop");
        http.BaseAddress = new Uri("http://api");
        var client = new PriceClient(http, network.TimeProvider, timeout);

        foreach (var item in new[] { "apple", "book", "cup" })
            Assert.Equal($"{item} costs 3", await client.GetAsync(item));
    }

    private static async Task<IAsyncDisposable?> StartAsync(VirtualHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        var app = builder.Build();
        app.MapGet("/prices/{item}", (string item) => $"{item} costs 3");
        await app.StartAsync();
        return app;
    }
}

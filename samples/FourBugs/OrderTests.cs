using FourBugs.Orders;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using UserTcp.Testing;
using Xunit;

namespace FourBugs;

/// <summary>A retry that is not idempotent, on a network that loses packets, with a service that crashes.</summary>
public sealed class OrderTests
{
    private static readonly VirtualNetworkOptions Options = new()
    {
        Impairment = LinkImpairment.Parse("loss=5%,delay=10ms"),
    };

    [Fact]
    public async Task A_retry_orders_twice()
    {
        var found = await Search.FindAsync(
            "A retry orders twice", network => OrderAsync(network, http => new OrderClient(http)), Options);

        Assert.StartsWith("crash api", Assert.Single(found.Strikes).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_retry_with_a_key_orders_once() => Search.PassAsync(
        network => OrderAsync(network, http => new IdempotentOrderClient(http, "shop")), Options);

    private static async Task OrderAsync(VirtualNetwork network, Func<HttpClient, IOrderClient> createClient)
    {
        string[] items = ["apple", "book", "cup", "desk", "egg"];
        var book = new OrderBook();
        var api = await network.AddHostAsync("api", host => StartAsync(host, book));
        using var supervisor = new Supervisor(api);
        using var http = network.CreateClient("shop", TimeSpan.FromSeconds(10));
        http.BaseAddress = new Uri("http://api");
        var client = createClient(http);
        // At a random packet of the service: it may be the last thing that the client sees of it, or come later.
        var packet = network.CreateRandom("crash").Next(1, 60);
        network.AddFault($"crash api on packet:{packet} from api").Optional();

        foreach (var item in items)
            await client.OrderAsync(item);

        Assert.Equal(items, book.Items);
    }

    private static async Task<IAsyncDisposable?> StartAsync(VirtualHost host, OrderBook book)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        var app = builder.Build();
        app.MapOrders(book);
        await app.StartAsync();
        return app;
    }
}

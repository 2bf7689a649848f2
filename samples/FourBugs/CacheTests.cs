using FourBugs.Cache;
using UserTcp.Impairment;
using UserTcp.Testing;
using Xunit;

namespace FourBugs;

/// <summary>A pool of connections, and a server that restarts.</summary>
public sealed class CacheTests
{
    private const int Port = 6379;

    private static readonly VirtualNetworkOptions Options = new()
    {
        Impairment = LinkImpairment.Parse("loss=5%,delay=10ms"),
    };

    [Fact]
    public async Task A_dead_connection_stays_in_the_pool()
    {
        var found = await Search.FindAsync(
            "A dead connection stays in the pool",
            network => ReadAsync(network, connect => new PooledCacheClient(connect, network.TimeProvider)), Options);

        Assert.StartsWith("crash cache", Assert.Single(found.Strikes).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_connection_that_failed_leaves_the_pool() => Search.PassAsync(
        network => ReadAsync(network, connect => new CheckedCacheClient(connect, network.TimeProvider)), Options);

    private static async Task ReadAsync(
        VirtualNetwork network, Func<Func<Task<Stream>>, ICacheClient> createClient)
    {
        var cache = await network.AddHostAsync(
            "cache", host => Service.StartAsync(host, Port, CacheServer.ServeAsync));
        using var supervisor = new Supervisor(cache);
        var web = network.AddHost("web");
        await using var client = createClient(async () => (await web.ConnectAsync("cache", Port)).GetStream());
        var packet = network.CreateRandom("crash").Next(1, 200);
        network.AddFault($"crash cache on packet:{packet} from cache").Optional();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"value of {i}", await client.GetAsync($"{i}"));
            await Task.Delay(TimeSpan.FromMilliseconds(100), network.TimeProvider);
        }
    }
}

using System.Net;
using UserTcp.Soak.Traffic;

namespace UserTcp.Soak;

/// <summary>All services and clients. Rates are those of full load; <see cref="Pace"/> scales them together.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int PolitePort = 7000;
    private const int RudePort = 7001;

    private readonly List<IAsyncDisposable> _services = [];
    private readonly Findings _findings;
    private IReadOnlyList<Actor> _actors = [];

    private Load(Findings findings) => _findings = findings;

    public static async Task<Load> StartAsync(World world, Findings findings)
    {
        var load = new Load(findings);
        await load.ServeAsync(world);
        load._actors = [.. load.OverTun(world), .. OverBadLink(world)];
        return load;
    }

    /// <summary>Runs all clients until <paramref name="stop"/>, and returns after the last has ended.</summary>
    public Task RunAsync(Pace pace, Random seeds, CancellationToken stop) =>
        Task.WhenAll(_actors.Select(actor => actor.RunAsync(pace, _findings, new Random(seeds.Next()), stop)));

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_services))
            await service.DisposeAsync();
    }

    private async Task ServeAsync(World world)
    {
        foreach (var host in (IHost[])[.. world.Kernel, .. world.Own, world.Outage.Own])
            await ServeAsync(host, isLossy: false);
        await ServeAsync(world.Pair.A, isLossy: true);
        await ServeAsync(world.Pair.B, isLossy: true);
        _services.Add(await Site.StartAsync(world.Stack, Addresses(world.Own)));
        _services.Add(await Site.StartAsync(world.Stacks[1], [world.Pair.A.Address]));
    }

    private async Task ServeAsync(IHost host, bool isLossy)
    {
        var polite = new ServiceOptions($"polite service at {host.Address}");
        var rude = new ServiceOptions($"rude service at {host.Address}")
        {
            ClientsMayLeave = true,
            MayTimeOut = isLossy,
            Deadline = TimeSpan.FromSeconds(isLossy ? 20 : 120),
        };
        _services.Add(await Service.StartAsync(_findings, host, PolitePort, polite));
        _services.Add(await Service.StartAsync(_findings, host, RudePort, rude));
    }

    private IEnumerable<Actor> OverTun(World world)
    {
        var inward = Routes(world.Kernel, world.Own, PolitePort);
        var outward = Routes(world.Own, world.Kernel, PolitePort);
        Route[] both = [.. inward, .. outward];
        Route[] rude = [.. Routes(world.Kernel, world.Own, RudePort), .. Routes(world.Own, world.Kernel, RudePort)];
        (IHost Client, IHost Server)[] pairs = [.. world.Kernel.Zip(world.Own), .. world.Own.Zip(world.Kernel)];
        return
        [
            new Talks("short, kernel opens", 40, 4, inward, Talks.Short),
            new Talks("short, stack opens", 20, 4, outward, Talks.Short),
            new Talks("long", 2, 3, both, Talks.Long),
            new Talks("half-closed", 10, 2, both, Talks.HalfClosed),
            new HttpClients("http", 100, 4, Addresses(world.Own), ClientStack: null),
            new SlowReaders("slow reader", 1, 4, both, rude),
            new Aborts("abort", 10, 3, rude),
            new KilledClients(
                "killed client", 1, 1, [.. world.Own.Select(host => new IPEndPoint(host.Address, RudePort))]),
            new Restarts("restart", 2, _findings, pairs),
            new Outages("outage", 0.2, world.Outage.Kernel, new IPEndPoint(world.Outage.Own.Address, PolitePort)),
            new Watchers("watcher", 0.5, world.Stack),
        ];
    }

    private static IEnumerable<Actor> OverBadLink(World world)
    {
        var (a, b) = world.Pair;
        IHost[] hosts = [a, b];
        IHost[] peers = [b, a];
        var polite = Routes(hosts, peers, PolitePort);
        return
        [
            new Talks("bad link, short", 20, 4, polite, Talks.Short),
            new Talks(
                "bad link, long", 0.5, 2, polite,
                random => Talks.Long(random) with { Up = random.Next(1 << 20), Down = random.Next(2 << 20) }),
            new Talks("bad link, half-closed", 5, 2, polite, Talks.HalfClosed),
            new HttpClients("bad link, http", 20, 2, [a.Address], world.Stacks[2]),
            new Aborts("bad link, abort", 4, 2, Routes(hosts, peers, RudePort)),
        ];
    }

    private static List<Route> Routes(IReadOnlyList<IHost> clients, IReadOnlyList<IHost> servers, int port) =>
        [.. clients.Zip(servers, (client, server) => new Route(client, new IPEndPoint(server.Address, port)))];

    private static List<IPAddress> Addresses(IEnumerable<IHost> hosts) => [.. hosts.Select(host => host.Address)];
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using UserTcp.Testing;

namespace UserTcp.Repeat;

/// <summary>How fast virtual time passes, how many tests run in a second, and how long their end takes.</summary>
internal static class Measure
{
    private const int Rounds = 5;

    public static async Task<int> RunAsync()
    {
        await PrintAsync("idle, one timer a virtual second", IdleAsync, new VirtualNetworkOptions());
        await PrintAsync("idle, Kestrel and an open connection", IdleKestrelAsync, new VirtualNetworkOptions());
        await PrintAsync(
            "one stream at 1 Gbit/s", BulkAsync,
            new VirtualNetworkOptions { Impairment = LinkImpairment.Parse("rate=1gbit,delay=1ms") });
        await PrintAsync(
            "Kestrel, one client, requests without a pause", RequestsAsync, new VirtualNetworkOptions());
        await PrintTestsAsync("smallest test, raw connection", ConnectAsync);
        await PrintTestsAsync("smallest test, Kestrel and HttpClient", RequestAsync);
        return 0;
    }

    private static async Task PrintAsync(
        string name, Func<VirtualNetwork, Task> test, VirtualNetworkOptions options)
    {
        var ratios = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var result = await VirtualNetwork.TryRunAsync(test, options with { Captures = null });
            result.ThrowIfFailed();
            // The first round compiles.
            if (round > 0)
                ratios.Add(result.Elapsed / Stopwatch.GetElapsedTime(start));
        }

        ratios.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {ratios[Rounds / 2]:N2} virtual seconds a second ({ratios[0]:N2} to {ratios[^1]:N2})"));
    }

    private static async Task PrintTestsAsync(string name, Func<VirtualNetwork, Task> test)
    {
        const int Runs = 400;
        var (start, ends) = (0L, new List<double>());
        for (var run = -Runs / 4; run < Runs; run++)
        {
            if (run == 0)
                (start, ends) = (Stopwatch.GetTimestamp(), []);
            var end = 0L;
            var result = await VirtualNetwork.TryRunAsync(async network =>
            {
                await test(network);
                end = Stopwatch.GetTimestamp();
            });
            ends.Add(Stopwatch.GetElapsedTime(end).TotalMilliseconds);
            result.ThrowIfFailed();
        }

        ends.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {Runs / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} tests a second; their end takes "
            + $"{ends[Runs / 2]:F2} ms ({ends[0]:F2} to {ends[^1]:F2})"));
    }

    private static async Task IdleAsync(VirtualNetwork network)
    {
        for (var second = 0; second < 50_000; second++)
            await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
    }

    private static async Task IdleKestrelAsync(VirtualNetwork network)
    {
        await network.AddHostAsync("api", StartAsync);
        await using var connection = await network.AddHost("client").ConnectAsync("api", 80);
        await Task.Delay(TimeSpan.FromHours(10), network.TimeProvider);
    }

    private static async Task BulkAsync(VirtualNetwork network)
    {
        const int Bytes = 20_000_000;
        await using var listener = await network.AddHost("server").ListenAsync(9);
        var accepting = listener.AcceptConnectionAsync();
        await using var client = await network.AddHost("client").ConnectAsync("server", 9);
        await using var server = await accepting;
        var sending = SendAsync(client, Bytes);
        await server.GetStream().CopyToAsync(Stream.Null);
        await sending;
    }

    private static async Task SendAsync(UserTcpConnection client, int bytes)
    {
        var buffer = new byte[100_000];
        for (var sent = 0; sent < bytes; sent += buffer.Length)
            await client.GetStream().WriteAsync(buffer);
        client.CompleteWrites();
    }

    private static async Task RequestsAsync(VirtualNetwork network)
    {
        await network.AddHostAsync("api", StartAsync);
        using var client = network.CreateClient("client");
        for (var request = 0; request < 1000; request++)
            await client.GetStringAsync(new Uri("http://api.test/"));
    }

    private static async Task ConnectAsync(VirtualNetwork network)
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);
    }

    private static async Task RequestAsync(VirtualNetwork network)
    {
        await network.AddHostAsync("api", StartAsync);
        using var client = network.CreateClient("client");
        await client.GetStringAsync(new Uri("http://api.test/"));
    }

    private static async Task<IAsyncDisposable?> StartAsync(VirtualHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync();
        return app;
    }
}

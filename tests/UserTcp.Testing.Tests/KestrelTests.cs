using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Kestrel and HttpClient, unchanged, in virtual time.</summary>
public sealed class KestrelTests
{
    [Fact]
    public Task A_request_and_its_response_take_two_round_trips() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("api", host => StartAsync(host));
        using var client = network.CreateClient("client");

        var text = await client.GetStringAsync(new Uri("http://api.test/hello"));

        Assert.Equal("hello", text);
        Assert.Equal(TimeSpan.FromMilliseconds(4), network.Elapsed);
    });

    [Fact]
    public async Task Two_runs_are_the_same_to_the_byte()
    {
        var options = new VirtualNetworkOptions
        {
            Seed = 7,
            Impairment = LinkImpairment.Parse("loss=3%,delay=5ms,jitter=2ms"),
        };
        var first = await VirtualNetwork.TryRunAsync(RequestManyAsync, options);
        var second = await VirtualNetwork.TryRunAsync(RequestManyAsync, options);
        var other = await VirtualNetwork.TryRunAsync(RequestManyAsync, options with { Seed = 8 });

        first.ThrowIfFailed();
        Assert.NotEmpty(first.Strikes);
        Assert.Equal(first.Trace.WireHash, second.Trace.WireHash);
        Assert.NotEqual(first.Trace.OrderHash, other.Trace.OrderHash);
    }

    [Fact]
    public Task Http2_and_TLS_work() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("api", host => StartAsync(host, isSecure: true));
        using var client = network.CreateClient("client");
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal("hello", await client.GetStringAsync(new Uri("https://api.test/hello")));
    });

    [Fact]
    public Task The_client_times_out_in_virtual_time() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("api", host => StartAsync(host));
        using var client = network.CreateClient("client", TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<TaskCanceledException>(
            () => client.GetStringAsync(new Uri("http://api.test/slow")));

        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal(TimeSpan.FromSeconds(30), network.Elapsed);
    });

    [Fact]
    public Task Kestrels_keep_alive_timeout_is_virtual() => VirtualNetwork.RunAsync(async network =>
    {
        await network.AddHostAsync("api", host => StartAsync(host));
        await using var connection = await network.AddHost("client").ConnectAsync("api", 80);
        await connection.GetStream().WriteAsync("GET /hello HTTP/1.1\r\nHost: api\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(connection.GetStream());

        await reader.ReadToEndAsync();

        Assert.InRange(network.Elapsed, TimeSpan.FromSeconds(130), TimeSpan.FromSeconds(133));
    });

    private static async Task RequestManyAsync(VirtualNetwork network)
    {
        await network.AddHostAsync("api", host => StartAsync(host));
        using var client = network.CreateClient("client");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async worker =>
        {
            for (var request = 0; request < 5; request++)
            {
                var bytes = await client.GetByteArrayAsync(new Uri($"http://api.test/bytes/{(worker * 5) + request}"));
                network.Trace.Note($"{worker} has {bytes.Length}");
            }
        }));
    }

    private static async Task<IAsyncDisposable?> StartAsync(VirtualHost host, bool isSecure = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        if (isSecure)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(443, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(host.Network.GetCertificate(host.Name));
            }));
        }

        var app = builder.Build();
        app.MapGet("/hello", () => "hello");
        app.MapGet("/bytes/{n}", async (int n, TimeProvider time) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5 + (n * 7 % 13)), time);
            return Results.Bytes(new byte[3000 + n]);
        });
        app.MapGet("/slow", async (TimeProvider time, CancellationToken aborted) =>
        {
            await Task.Delay(TimeSpan.FromHours(1), time, aborted);
            return "late";
        });
        await app.StartAsync();
        return app;
    }
}

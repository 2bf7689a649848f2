using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>What ASP.NET Core has on top of HTTP runs on a virtual network as well.</summary>
public sealed class ProtocolTests
{
    private static readonly VirtualNetworkOptions _lossy =
        new() { Seed = 5, Impairment = LinkImpairment.Parse("loss=2%,delay=5ms") };

    [Fact]
    public async Task WebSockets_repeat()
    {
        var result = await VirtualExploration.RunTwiceAsync(
            async network =>
            {
                await network.AddHostAsync("api", StartAsync);
                using var invoker = new HttpMessageInvoker(network.GetOrAddHost("client").CreateHandler());
                using var socket = new ClientWebSocket();
                socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
                await socket.ConnectAsync(new Uri("ws://api.test/socket"), invoker, CancellationToken.None);
                for (var i = 0; i < 20; i++)
                {
                    await socket.SendAsync(
                        Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text,
                        true, CancellationToken.None);
                    var buffer = new byte[100];
                    var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    Assert.Equal($"message {i}", Encoding.UTF8.GetString(buffer, 0, received.Count));
                }

                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            },
            _lossy);

        result.ThrowIfFailed();
        Assert.NotEmpty(result.Strikes);
    }

    [Fact]
    public async Task Server_sent_events_arrive_in_virtual_time()
    {
        await VirtualNetwork.RunAsync(async network =>
        {
            await network.AddHostAsync("api", StartAsync);
            using var client = network.CreateClient("client", Timeout.InfiniteTimeSpan);
            await using var stream = await client.GetStreamAsync(new Uri("http://api.test/events"));
            using var reader = new StreamReader(stream);
            var lines = await reader.ReadToEndAsync();

            Assert.Equal(10, lines.Split("data: ").Length - 1);
            Assert.InRange(network.Elapsed, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(11));
        });
    }

    [Fact]
    public async Task SignalR_over_WebSockets_repeats()
    {
        var result = await VirtualExploration.RunTwiceAsync(
            async network =>
            {
                await network.AddHostAsync("api", StartAsync);
                var client = network.GetOrAddHost("client");
                await using var hub = new HubConnectionBuilder().WithUrl("http://api.test/hub", options =>
                {
                    options.SkipNegotiation = true;
                    options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
                    options.WebSocketFactory = async (context, token) =>
                    {
                        var socket = new ClientWebSocket();
                        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
                        await socket.ConnectAsync(
                            context.Uri, new HttpMessageInvoker(client.CreateHandler()), token);
                        return socket;
                    };
                }).Build();
                hub.ServerTimeout = hub.KeepAliveInterval = hub.HandshakeTimeout = TimeSpan.FromDays(1);
                await hub.StartAsync();

                Assert.Equal("hello, world", await hub.InvokeAsync<string>("Greet", "world"));
            },
            _lossy);

        result.ThrowIfFailed();
    }

    private static async Task<IAsyncDisposable?> StartAsync(VirtualHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        builder.Services.AddSignalR(options =>
            options.KeepAliveInterval = options.ClientTimeoutInterval = options.HandshakeTimeout = TimeSpan.FromDays(
                1));
        var app = builder.Build();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.MapHub<Greeter>("/hub");
        app.Map("/socket", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                await socket.SendAsync(
                    buffer.AsMemory(0, received.Count), received.MessageType, true, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        });
        app.MapGet("/events", async (HttpResponse response, TimeProvider time, CancellationToken aborted) =>
        {
            response.ContentType = "text/event-stream";
            for (var i = 0; i < 10; i++)
            {
                await response.WriteAsync($"data: {i}\n\n", aborted);
                await response.Body.FlushAsync(aborted);
                await Task.Delay(TimeSpan.FromMinutes(1), time, aborted);
            }
        });
        await app.StartAsync();
        return app;
    }

    private sealed class Greeter : Hub
    {
        public string Greet(string name) => Context.Items.Count == 0 ? $"hello, {name}" : "";
    }
}

using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>Kestrel over the stack, and a peer that speaks HTTP to it.</summary>
public sealed class KestrelTests
{
    private static readonly Uri Site = new("http://198.18.0.2/");

    [Fact]
    public async Task Pages_are_served_over_IPv4_and_IPv6()
    {
        await using var host = await WebHost.StartAsync(app =>
            app.MapGet("/", (HttpContext context) => context.Connection.LocalIpAddress!.ToString()));
        using var client = host.Network.CreateClient();

        Assert.Equal("198.18.0.2", await client.GetStringAsync(Site, TestContext.Current.CancellationToken));
        Assert.Equal(
            "2001:db8:75::2",
            await client.GetStringAsync(new Uri("http://[2001:db8:75::2]/"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_request_knows_both_ends_of_its_connection()
    {
        await using var host = await WebHost.StartAsync(app => app.MapGet("/", (HttpContext context) =>
            $"{context.Connection.LocalIpAddress}:{context.Connection.LocalPort} {context.Connection.RemoteIpAddress} "
            + $"{context.Connection.Id[..3]}"));
        using var client = host.Network.CreateClient();

        Assert.Equal(
            "198.18.0.2:80 198.18.0.1 ut-", await client.GetStringAsync(Site, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_application_serves_on_the_stack_and_on_sockets()
    {
        await using var host = await WebHost.StartAsync(
            app => app.MapGet("/", (HttpContext context) => $"by {context.Connection.LocalIpAddress}"),
            builder => builder.WebHost.UseSetting("urls", "http://198.18.0.2;http://127.0.0.1:0"));
        using var overStack = host.Network.CreateClient();
        using var overSockets = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        Assert.Equal("by 198.18.0.2", await overStack.GetStringAsync(Site, TestContext.Current.CancellationToken));
        var loopback =
            new Uri(host.Application.Urls.Single(url => url.Contains("127.0.0.1", StringComparison.Ordinal)));
        Assert.Equal("by 127.0.0.1", await overSockets.GetStringAsync(loopback, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Requests_share_a_connection_and_may_be_pipelined()
    {
        await using var host = await WebHost.StartAsync(app =>
            app.MapGet("/{number}", (HttpContext context, int number) => $"{context.Connection.Id} {number}\n"));
        await using var connection = await host.Network.ConnectAsync(80);
        var stream = connection.GetStream();
        var requests = string.Concat(Enumerable.Range(1, 50).Select(number =>
            $"GET /{number} HTTP/1.1\r\nHost: a\r\n{(number == 50 ? "Connection: close\r\n" : "")}\r\n"));

        await stream.WriteAsync(Encoding.ASCII.GetBytes(requests), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var answers = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken).OrFail())
            .Split('\n').Where(line => line.StartsWith("ut-", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .ToList();

        Assert.Equal(Enumerable.Range(1, 50).Select(number => $"{number}"), answers.Select(answer => answer[1]));
        Assert.Single(answers.Select(answer => answer[0]).Distinct());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Large_bodies_flow_both_ways(bool chunked)
    {
        await using var host = await WebHost.StartAsync(app => app.MapPost("/", async context =>
        {
            context.Response.Headers["X-Length"] = $"{context.Request.ContentLength}";
            await context.Request.Body.CopyToAsync(context.Response.Body);
        }));
        using var client = host.Network.CreateClient();
        var body = new byte[3_000_001];
        new Random(7).NextBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, Site) { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(chunked ? "" : "3000001", response.Headers.GetValues("X-Length").Single());
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task HTTP_2_carries_many_requests_on_one_connection()
    {
        await using var host = await WebHost.StartAsync(app =>
            app.MapGet("/{number}", (HttpContext context, int number) =>
                $"{context.Request.Protocol} {context.Connection.Id} {number}"));
        using var client = host.Network.CreateClient();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await client.GetStringAsync(new Uri("http://198.18.0.2:81/0"), TestContext.Current.CancellationToken);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(number => client.GetStringAsync(new Uri($"http://198.18.0.2:81/{number}"))));

        Assert.All(answers, answer => Assert.StartsWith("HTTP/2 ut-", answer, StringComparison.Ordinal));
        Assert.Single(answers.Select(answer => answer.Split(' ')[1]).Distinct());
        Assert.Equal(
            Enumerable.Range(0, 50).Select(number => $"{number}"), answers.Select(answer => answer.Split(' ')[2]));
    }

    [Theory]
    [InlineData("1.1", "HTTP/1.1")]
    [InlineData("2.0", "HTTP/2")]
    public async Task TLS_works_with_a_certificate_of_our_own(string version, string protocol)
    {
        await using var host = await WebHost.StartAsync(app =>
            app.MapGet("/", (HttpContext context) => $"{context.Request.Scheme} {context.Request.Protocol}"));
        using var client = host.Network.CreateClient(handler => handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => certificate!.GetCertHashString() == WebHost.Certificate.GetCertHashString());
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal(
            $"https {protocol}",
            await client.GetStringAsync(new Uri("https://198.18.0.2/"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WebSockets_carry_messages_both_ways()
    {
        await using var host = await WebHost.StartAsync(app =>
        {
            app.UseWebSockets();
            app.MapGet("/", EchoMessagesAsync);
        });
        using var handler = new SocketsHttpHandler().UseUserTcp(host.Network.Peer);
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://198.18.0.2/"), invoker, TestContext.Current.CancellationToken).OrFail();
        var message = new byte[100_000];
        new Random(9).NextBytes(message);

        await socket.SendAsync(
            message, WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);
        var answer = new byte[message.Length];
        for (var read = 0; read < answer.Length;)
            read += (await socket.ReceiveAsync(answer.AsMemory(read), TestContext.Current.CancellationToken)).Count;
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", TestContext.Current.CancellationToken)
            .OrFail();

        Assert.Equal(message, answer);
        Assert.Equal(WebSocketState.Closed, socket.State);
    }

    private static async Task EchoMessagesAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (part.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(
                buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}

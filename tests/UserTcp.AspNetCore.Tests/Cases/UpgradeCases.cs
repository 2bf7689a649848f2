using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Connections that become something else: WebSocket, Upgrade, CONNECT.</summary>
internal static class UpgradeCases
{
    private const string Upgrade = "Upgrade: test";
    private const string Connection = "Connection: Upgrade";

    public static readonly WebCases All = new()
    {
        {
            "a WebSocket echoes, and closes", "hello True, NormalClosure bye, Closed", async transport =>
            {
                await using var site = await ServeEchoAsync(transport);
                using var socket = await ConnectAsync(site);
                await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default).OrFail();
                var buffer = new byte[100];
                var part = await socket.ReceiveAsync(buffer, default).OrFail();
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default).OrFail();
                return $"{Encoding.ASCII.GetString(buffer, 0, part.Count)} {part.EndOfMessage}, "
                    + $"{socket.CloseStatus} {socket.CloseStatusDescription}, {socket.State}";
            }
        },
        {
            "a WebSocket carries a million bytes in frames", "same", async transport =>
            {
                await using var site = await ServeEchoAsync(transport);
                using var socket = await ConnectAsync(site);
                var message = RandomNumberGenerator.GetBytes(1_000_000);
                var sending = Task.Run(async () =>
                {
                    for (var sent = 0; sent < message.Length; sent += 10_000)
                    {
                        await socket.SendAsync(
                            message.AsMemory(sent, 10_000), WebSocketMessageType.Binary,
                            endOfMessage: sent + 10_000 == message.Length, default);
                    }
                });
                var answer = new byte[message.Length];
                for (var read = 0; read < answer.Length;)
                    read += (await socket.ReceiveAsync(answer.AsMemory(read), default).OrFail()).Count;
                await sending.OrFail();
                return message.AsSpan().SequenceEqual(answer) ? "same" : "different";
            }
        },
        {
            "a WebSocket that the server closes first", "EndpointUnavailable, Closed", async transport =>
            {
                await using var site = await ServeSocketAsync(
                    transport,
                    (_, socket) => socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "gone", default));
                using var socket = await ConnectAsync(site);
                var received = await socket.ReceiveAsync(new byte[10], default).OrFail();
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).OrFail();
                await Until.TrueAsync(() => socket.State == WebSocketState.Closed);
                return $"{received.CloseStatus}, {socket.State}";
            }
        },
        {
            "a WebSocket whose client resets", "WebSocketException ConnectionClosedPrematurely", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await ServeSocketAsync(transport, async (_, socket) =>
                    seen.Set(await Outcome.OfAsync(socket.ReceiveAsync(new byte[10], CancellationToken.None))));
                using var socket = await ConnectAsync(site);
                socket.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "a WebSocket that the application aborts", "WebSocketException ConnectionClosedPrematurely",
            async transport =>
            {
                var connected = new Signal();
                await using var site = await ServeSocketAsync(transport, async (context, _) =>
                {
                    await connected.WaitAsync();
                    context.Abort();
                });
                using var socket = await ConnectAsync(site);
                connected.Set();
                return await Outcome.OfAsync(socket.ReceiveAsync(new byte[10], default));
            }
        },
        {
            "a WebSocket over HTTP/2", "hello HTTP/2", async transport =>
            {
                await using var site = await ServeSocketAsync(
                    transport, async (context, socket) =>
                    {
                        await socket.SendAsync(
                            Encoding.ASCII.GetBytes($"hello {context.Request.Protocol}"), WebSocketMessageType.Text,
                            true, default);
                        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
                    },
                    HttpProtocols.Http2);
                using var socket = await ConnectAsync(site, HttpVersion.Version20);
                var buffer = new byte[100];
                var part = await socket.ReceiveAsync(buffer, default).OrFail();
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).OrFail();
                return Encoding.ASCII.GetString(buffer, 0, part.Count);
            }
        },
        {
            "an upgraded connection echoes", "101, hello, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream = await UpgradeAsync(context);
                    await stream.CopyToAsync(stream);
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                var response = await client.ReadResponseAsync();
                await client.SendAsync("hello");
                var echo = await client.ReadAsync(5);
                client.CompleteWrites();
                return $"{response}, {echo}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "data right behind the request to upgrade", "hello", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream = await UpgradeAsync(context);
                    var buffer = new byte[5];
                    await stream.ReadExactlyAsync(buffer);
                    await stream.WriteAsync(buffer);
                });
                var client = await site.ConnectAsync();
                await client.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\n{Connection}\r\n{Upgrade}\r\n\r\nhello");
                await client.ReadResponseAsync();
                return await client.ReadAsync(5);
            }
        },
        {
            "the application ends an upgraded connection", "bye FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream = await UpgradeAsync(context);
                    await stream.WriteAsync("bye"u8.ToArray());
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                await client.ReadResponseAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "FIN on an upgraded connection", "0", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream = await UpgradeAsync(context);
                    seen.Set(await Outcome.OfAsync(stream.ReadAsync(new byte[1])));
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                await client.ReadResponseAsync();
                client.CompleteWrites();
                return await seen.WaitAsync();
            }
        },
        {
            "RST on an upgraded connection", "ConnectionResetException", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream = await UpgradeAsync(context);
                    seen.Set(await Outcome.OfAsync(stream.ReadAsync(new byte[1])));
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                await client.ReadResponseAsync();
                client.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "the application aborts an upgraded connection", "RST", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await UpgradeAsync(context);
                    await received.WaitAsync();
                    context.Abort();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                await client.ReadResponseAsync();
                received.Set();
                return await client.ReadToEndAsync();
            }
        },
        {
            "an upgrade beyond the limit", "101, then 200 InvalidOperationException", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        try
                        {
                            await using var stream = await UpgradeAsync(context);
                            await stream.CopyToAsync(Stream.Null);
                        }
                        catch (InvalidOperationException exception)
                        {
                            await context.Response.WriteAsync(Outcome.Of(exception));
                        }
                    },
                    kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync("/", Connection, Upgrade);
                var accepted = await first.ReadResponseAsync();
                var second = await site.ConnectAsync();
                await second.GetAsync("/", Connection, Upgrade);
                return $"{accepted}, then {await second.ReadResponseAsync()}";
            }
        },
        {
            "the end of an upgraded connection makes room", "101, 101", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        await using var stream = await UpgradeAsync(context);
                        await stream.CopyToAsync(Stream.Null);
                    },
                    kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync("/", Connection, Upgrade);
                var one = await first.ReadResponseAsync();
                first.CompleteWrites();
                await first.ReadToEndAsync();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                var second = await site.ConnectAsync();
                await second.GetAsync("/", Connection, Upgrade);
                return $"{one}, {await second.ReadResponseAsync()}";
            }
        },
        {
            "upgrading twice", "InvalidOperationException", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await UpgradeAsync(context);
                    seen.Set(await Outcome.OfAsync(UpgradeAsync(context)));
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                return await seen.WaitAsync();
            }
        },
        {
            "upgrading a request that does not ask for it", "False InvalidOperationException", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    var feature = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
                    seen.Set($"{feature.IsUpgradableRequest} {await Outcome.OfAsync(feature.UpgradeAsync())}");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return await seen.WaitAsync();
            }
        },
        {
            "an upgraded connection outlives the keep-alive time", "still there", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        await using var stream = await UpgradeAsync(context);
                        await stream.CopyToAsync(stream);
                    },
                    kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMilliseconds(100));
                var client = await site.ConnectAsync();
                await client.GetAsync("/", Connection, Upgrade);
                await client.ReadResponseAsync();
                // The end of this one shows that the time has passed.
                await (await site.ConnectAsync()).ReadToEndAsync();
                await client.SendAsync("still there");
                return await client.ReadAsync(11);
            }
        },
        {
            "CONNECT over HTTP/1.1", "200 CONNECT a:80", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                    context.Response.WriteAsync($"{context.Request.Method} {context.Request.Host}"));
                var client = await site.ConnectAsync();
                await client.SendAsync("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n");
                return $"{await client.ReadResponseAsync()}";
            }
        },
    };

    private static Task<Stream> UpgradeAsync(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();

    private static Task<Site> ServeSocketAsync(
        Transport transport, Func<HttpContext, WebSocket, Task> serve,
        HttpProtocols protocols = HttpProtocols.Http1) => transport.StartAsync(
        app =>
        {
            app.UseWebSockets();
            app.Run(async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await serve(context, socket);
            });
        },
        listen: listen => listen.Protocols = protocols);

    private static Task<Site> ServeEchoAsync(Transport transport) => ServeSocketAsync(transport, async (_, socket) =>
    {
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), default);
            if (part.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, default);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, default);
    });

    private static async Task<ClientWebSocket> ConnectAsync(Site site, Version? version = null)
    {
        var invoker = new HttpMessageInvoker(site.CreateHandler());
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = version ?? HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"ws://{site.EndPoint}/"), invoker, default).OrFail();
        return socket;
    }
}

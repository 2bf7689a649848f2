using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Kestrel's limits: connections, sizes, rates, buffers.</summary>
internal static class LimitCases
{
    /// <summary>The min that Kestrel allows: a beat of its clock, and a bit.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1.1);

    public static readonly WebCases All = new()
    {
        {
            "a connection beyond MaxConcurrentConnections", "200, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Limits.MaxConcurrentConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync();
                var response = await first.ReadResponseAsync();
                var second = await site.ConnectAsync();
                return $"{response}, {await second.ReadToEndAsync()}";
            }
        },
        {
            "the end of a connection makes room for another", "200, 200", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Limits.MaxConcurrentConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync("/", "Connection: close");
                var one = await first.ReadResponseAsync();
                await first.ReadToEndAsync();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                var second = await site.ConnectAsync();
                await second.GetAsync();
                return $"{one}, {await second.ReadResponseAsync()}";
            }
        },
        {
            "a reset makes room for another connection", "200", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Limits.MaxConcurrentConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync();
                await first.ReadResponseAsync();
                first.Abort();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                var second = await site.ConnectAsync();
                await second.GetAsync();
                return $"{await second.ReadResponseAsync()}";
            }
        },
        {
            "upgraded connections do not count", "101, 200", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
                        if (!upgrade.IsUpgradableRequest)
                            return;
                        await using var stream = await upgrade.UpgradeAsync();
                        await stream.CopyToAsync(Stream.Null);
                    },
                    kestrel => kestrel.Limits.MaxConcurrentConnections = 1);
                var first = await site.ConnectAsync();
                await first.GetAsync("/", "Connection: Upgrade", "Upgrade: test");
                var upgraded = await first.ReadResponseAsync();
                var second = await site.ConnectAsync();
                await second.GetAsync();
                return $"{upgraded}, {await second.ReadResponseAsync()}";
            }
        },
        {
            "a body longer than MaxRequestBodySize", "BadHttpRequestException 413, 413 close", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    context => ReadAsync(context, seen), kestrel => kestrel.Limits.MaxRequestBodySize = 10);
                var client = await site.ConnectAsync();
                await client.PostAsync(11);
                var response = await client.ReadResponseAsync();
                return $"{await seen.WaitAsync()}, {response} {response["Connection"]}";
            }
        },
        {
            "a chunked body longer than MaxRequestBodySize", "BadHttpRequestException 413, 413 close",
            async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    context => ReadAsync(context, seen), kestrel => kestrel.Limits.MaxRequestBodySize = 10);
                var client = await site.ConnectAsync();
                await client.PostChunkedAsync();
                await client.SendAsync("5\r\nhello\r\n8\r\n worlds \r\n");
                var response = await client.ReadResponseAsync();
                return $"{await seen.WaitAsync()}, {response} {response["Connection"]}";
            }
        },
        {
            "a body of MaxRequestBodySize", "done, 200", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    context => ReadAsync(context, seen), kestrel => kestrel.Limits.MaxRequestBodySize = 10);
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await client.SendAsync("0123456789");
                var response = await client.ReadResponseAsync();
                return $"{await seen.WaitAsync()}, {response}";
            }
        },
        {
            "a request that raises its limit", "done, 200", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    context =>
                    {
                        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = 20;
                        return ReadAsync(context, seen);
                    },
                    kestrel => kestrel.Limits.MaxRequestBodySize = 10);
                var client = await site.ConnectAsync();
                await client.PostAsync(11);
                await client.SendAsync("0123456789A");
                var response = await client.ReadResponseAsync();
                return $"{await seen.WaitAsync()}, {response}";
            }
        },
        {
            "headers longer than MaxRequestHeadersTotalSize", "431 close, FIN", transport => RefuseAsync(
                transport, $"GET / HTTP/1.1\r\nHost: a\r\nLong: {new string('a', 200)}\r\n\r\n",
                limits => limits.MaxRequestHeadersTotalSize = 100)
        },
        {
            "more headers than MaxRequestHeaderCount", "431 close, FIN", transport => RefuseAsync(
                transport, "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n",
                limits => limits.MaxRequestHeaderCount = 2)
        },
        {
            "a request line longer than MaxRequestLineSize", "414 close, FIN", transport => RefuseAsync(
                transport, $"GET /{new string('a', 200)} HTTP/1.1\r\nHost: a\r\n\r\n",
                limits => limits.MaxRequestLineSize = 100)
        },
        {
            "a body slower than MinRequestBodyDataRate", "BadHttpRequestException 408, 408 close, FIN",
            async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    context => ReadAsync(context, seen),
                    kestrel => kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(1000, Grace));
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await client.SendAsync("slow");
                var response = await client.ReadResponseAsync();
                return $"{await seen.WaitAsync()}, {response} {response["Connection"]}, "
                    + await client.ReadToEndAsync();
            }
        },
        {
            "a client that reads more slowly than MinResponseDataRate", "aborted, RST", async transport =>
            {
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        var page = new byte[1 << 20];
                        while (!context.RequestAborted.IsCancellationRequested)
                            await context.Response.Body.WriteAsync(page);
                        aborted.Set();
                    },
                    kestrel => kestrel.Limits.MinResponseDataRate = new MinDataRate(1e9, Grace));
                var client = await site.ConnectAsync(receiveBuffer: 8192);
                await client.GetAsync();
                await aborted.WaitAsync();
                return $"aborted, {await client.ReadEndAsync()}";
            }
        },
        {
            "a small response to a client that does not read it", "no abort, 200 hello", async transport =>
            {
                // One beat of Kestrel's clock and the grace time have passed when the other connection ends.
                await using var site = await transport.ServeAsync(
                    context => context.Response.WriteAsync("hello"),
                    kestrel =>
                    {
                        kestrel.Limits.MinResponseDataRate = new MinDataRate(1e6, Grace);
                        kestrel.Limits.RequestHeadersTimeout = Grace * 2;
                    });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var other = await site.ConnectAsync();
                await other.SendAsync("GET");
                await other.ReadToEndAsync();
                return $"no abort, {await client.ReadResponseAsync()}";
            }
        },
        {
            "a client that does not read stops the application's writes", "stuck, then whole", async transport =>
            {
                var pages = new Pages();
                await using var site = await transport.ServeAsync(
                    context => (context.Request.Path == "/read" ? new Pages() : pages).WriteAsync(context),
                    kestrel => kestrel.Limits.MinResponseDataRate = null);
                var client = await site.ConnectAsync(receiveBuffer: 8192);
                await client.GetAsync();
                var state = await pages.WatchAsync(() => Pages.GetAsync(site, "/read"));
                return $"{state}, then {await Pages.ReadResponseAsync(client)}";
            }
        },
        {
            "an application that does not read stops the client's writes", "stuck, then whole", async transport =>
            {
                var read = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        if (!context.Request.Headers.ContainsKey("Read"))
                            await read.WaitAsync();
                        await context.Response.WriteAsync(
                            Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
                    },
                    kestrel =>
                    {
                        kestrel.Limits.MaxRequestBodySize = null;
                        kestrel.Limits.MinRequestBodyDataRate = null;
                    });
                var client = await site.ConnectAsync();
                await client.PostAsync(Pages.Length);
                var pages = new Pages();
                var writing = pages.WriteAsync(client.SendAsync);
                var state = await pages.WatchAsync(async () =>
                {
                    var other = await site.ConnectAsync();
                    await other.PostAsync(Pages.Length, "Read: now");
                    await new Pages().WriteAsync(other.SendAsync);
                    return Pages.Describe(await other.ReadResponseAsync());
                });
                read.Set();
                await writing;
                return $"{state}, then {Pages.Describe(await client.ReadResponseAsync())}";
            }
        },
    };

    private static async Task ReadAsync(HttpContext context, Signal<string> seen)
    {
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            seen.Set("done");
        }
        catch (Exception exception)
        {
            seen.Set(Outcome.Of(exception));
            throw;
        }
    }

    private static async Task<string> RefuseAsync(
        Transport transport, string request, Action<KestrelServerLimits> limit)
    {
        await using var site = await transport.ServeAsync(_ => Task.CompletedTask, kestrel => limit(kestrel.Limits));
        var client = await site.ConnectAsync();
        await client.SendAsync(request);
        var response = await client.ReadResponseAsync();
        return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
    }
}

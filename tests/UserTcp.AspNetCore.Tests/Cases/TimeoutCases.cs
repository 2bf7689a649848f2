using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Kestrel's times: keep-alive, headers, draining. Its clock beats once a second.</summary>
internal static class TimeoutCases
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    public static readonly WebCases All = new()
    {
        {
            "Expect: 100-continue, and the body is not read", "417, RST", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.StatusCode = 417;
                    context.Response.Headers.Connection = "close";
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(5, "Expect: 100-continue");
                return $"{await client.ReadResponseAsync()}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "a body that never arrives ends the connection after the drain time", "200, RST", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                return $"{await client.ReadResponseAsync()}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "the keep-alive time ends an idle connection", "200, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Limits.KeepAliveTimeout = Short);
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return $"{await client.ReadResponseAsync()}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "the keep-alive time ends a connection without a request", "FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Limits.KeepAliveTimeout = Short);
                var client = await site.ConnectAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "the keep-alive time does not run during a request", "200 slow", async transport =>
            {
                // The idle connection's end shows that the keep-alive time has passed for both.
                var idle = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        await idle.WaitAsync();
                        await context.Response.WriteAsync("slow");
                    },
                    kestrel => kestrel.Limits.KeepAliveTimeout = Short);
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await (await site.ConnectAsync()).ReadToEndAsync();
                idle.Set();
                return $"{await client.ReadResponseAsync()}";
            }
        },
        {
            "the headers' time ends a request line that does not arrive", "408 close, FIN",
            transport => TimeOutAsync(transport, "GET / HT")
        },
        {
            "the headers' time ends headers that do not arrive", "408 close, FIN",
            transport => TimeOutAsync(transport, "GET / HTTP/1.1\r\nHost: a\r\n")
        },
        {
            "the headers' time does not run in the body", "200 hello", async transport =>
            {
                var started = new Signal();
                await using var site = await transport.ServeAsync(
                    context =>
                    {
                        started.Set();
                        return Applications.EchoAsync(context);
                    },
                    kestrel => kestrel.Limits.RequestHeadersTimeout = Short);
                var client = await site.ConnectAsync();
                await client.PostAsync(5);
                await started.WaitAsync();
                var other = await site.ConnectAsync();
                await other.SendAsync("GET");
                await other.ReadToEndAsync();
                await client.SendAsync("hello");
                return $"{await client.ReadResponseAsync()}";
            }
        },
    };

    private static async Task<string> TimeOutAsync(Transport transport, string text)
    {
        await using var site = await transport.ServeAsync(
            _ => Task.CompletedTask, kestrel => kestrel.Limits.RequestHeadersTimeout = Short);
        var client = await site.ConnectAsync();
        await client.SendAsync(text);
        var response = await client.ReadResponseAsync();
        return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
    }
}

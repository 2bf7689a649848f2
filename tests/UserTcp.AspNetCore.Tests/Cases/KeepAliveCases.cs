using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>How long connections live over HTTP/1.1 and HTTP/1.0.</summary>
internal static class KeepAliveCases
{
    public static readonly WebCases All = new()
    {
        {
            "HTTP/1.1 keeps the connection", "200 1, 200 2, one connection", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var first = await client.ReadResponseAsync();
                await client.GetAsync();
                var second = await client.ReadResponseAsync();
                return $"{first}, {second}, {(first["Id"] == second["Id"] ? "one connection" : "two connections")}";
            }
        },
        {
            "Connection: close in the request", "200 1 close, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.GetAsync("/", "Connection: close");
                var response = await client.ReadResponseAsync();
                return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "Connection: close in the response", "200 1 close, FIN", async transport =>
            {
                var count = CountRequests();
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.Headers.Connection = "close";
                    return count(context);
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "a request after Connection: close is not served", "200 1, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.SendAsync(
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
                return $"{await client.ReadResponseAsync()}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "HTTP/1.0", "200 1 close, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
                var response = await client.ReadResponseAsync();
                return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "HTTP/1.0 with keep-alive", "200 1 keep-alive, 200 2 keep-alive", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.SendAsync("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                var first = await client.ReadResponseAsync();
                await client.SendAsync("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                var second = await client.ReadResponseAsync();
                return $"{first} {first["Connection"]}, {second} {second["Connection"]}";
            }
        },
        {
            "HTTP/1.0 without a length ends with the connection", "hello world FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    await context.Response.WriteAsync("hello ");
                    await context.Response.WriteAsync("world");
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
                await client.ReadThroughAsync("\r\n\r\n");
                return await client.ReadToEndAsync();
            }
        },
        {
            "twenty pipelined requests", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", async transport =>
            {
                await using var site = await transport.ServeAsync(CountRequests());
                var client = await site.ConnectAsync();
                await client.SendAsync(
                    string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 20)));
                var bodies = new List<string>();
                while (bodies.Count < 20)
                    bodies.Add((await client.ReadResponseAsync()).Body);
                return string.Join(' ', bodies);
            }
        },
        {
            "pipelined requests with bodies in odd pieces", "one two three", async transport =>
            {
                await using var site = await transport.ServeAsync(Applications.EchoAsync);
                var client = await site.ConnectAsync();
                var requests = string.Concat(new[] { "one", "two", "three" }.Select(body =>
                    $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
                for (var sent = 0; sent < requests.Length; sent += 7)
                    await client.SendAsync(requests[sent..Math.Min(sent + 7, requests.Length)]);
                var bodies = new List<string>();
                while (bodies.Count < 3)
                    bodies.Add((await client.ReadResponseAsync()).Body);
                return string.Join(' ', bodies);
            }
        },
        {
            "a request byte by byte", "200 hello", async transport =>
            {
                await using var site = await transport.ServeAsync(Applications.EchoAsync);
                var client = await site.ConnectAsync();
                foreach (var letter in "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                    await client.SendAsync($"{letter}");
                return $"{await client.ReadResponseAsync()}";
            }
        },
        {
            "a small body that the application does not read", "200, 200", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.PostAsync(5);
                await client.SendAsync("hello");
                var first = await client.ReadResponseAsync();
                await client.GetAsync();
                return $"{first}, {await client.ReadResponseAsync()}";
            }
        },
        {
            "a body that arrives after the response is drained", "200, 200", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.PostAsync(100_000);
                var first = await client.ReadResponseAsync();
                await client.SendAsync(new byte[100_000]);
                await client.GetAsync();
                return $"{first}, {await client.ReadResponseAsync()}";
            }
        },
        {
            "a malformed request line", "400 close, FIN",
            transport => RefuseAsync(transport, "no request\r\n\r\n")
        },
        {
            "a request without Host", "400 close, FIN", transport => RefuseAsync(transport, "GET / HTTP/1.1\r\n\r\n")
        },
        {
            "a version that is not there", "505 close, FIN",
            transport => RefuseAsync(transport, "GET / HTTP/3.7\r\nHost: a\r\n\r\n")
        },
        {
            "two lengths", "400 close, FIN", transport => RefuseAsync(
                transport, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
        },
    };

    /// <summary>An application that says how many requests it has served, and over which connection.</summary>
    private static RequestDelegate CountRequests()
    {
        var count = 0;
        return context =>
        {
            context.Response.Headers["Id"] = context.Connection.Id;
            var body = $"{Interlocked.Increment(ref count)}";
            context.Response.ContentLength = body.Length;
            return context.Response.WriteAsync(body);
        };
    }

    private static async Task<string> RefuseAsync(Transport transport, string text)
    {
        await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
        var client = await site.ConnectAsync();
        await client.SendAsync(text);
        var response = await client.ReadResponseAsync();
        return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
    }
}

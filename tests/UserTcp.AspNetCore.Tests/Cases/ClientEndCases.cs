using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Clients that go away: FIN and RST at every stage of a request.</summary>
internal static class ClientEndCases
{
    public static readonly WebCases All = new()
    {
        {
            "FIN before any request", "FIN, served 0", async transport =>
            {
                var served = 0;
                await using var site = await transport.ServeAsync(_ => Count(ref served));
                var client = await site.ConnectAsync();
                client.CompleteWrites();
                return $"{await client.ReadToEndAsync()}, served {served}";
            }
        },
        {
            "FIN in the request line", "FIN, served 0", async transport =>
            {
                var served = 0;
                await using var site = await transport.ServeAsync(_ => Count(ref served));
                var client = await site.ConnectAsync();
                await client.SendAsync("GET / HT");
                client.CompleteWrites();
                // Kestrel may get the 400 out before its connection closes, or not.
                return $"{await client.ReadEndAsync()}, served {served}";
            }
        },
        {
            "FIN in the headers", "FIN, served 0", async transport =>
            {
                var served = 0;
                await using var site = await transport.ServeAsync(_ => Count(ref served));
                var client = await site.ConnectAsync();
                await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nAccep");
                client.CompleteWrites();
                // Kestrel may get the 400 out before its connection closes, or not.
                return $"{await client.ReadEndAsync()}, served {served}";
            }
        },
        {
            "FIN in the body", "BadHttpRequestException 400", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    async context => seen.Set(await Outcome.OfAsync(ReadAllAsync(context))));
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await client.SendAsync("half");
                client.CompleteWrites();
                return await seen.WaitAsync();
            }
        },
        {
            "FIN in a chunked body", "BadHttpRequestException 400", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    async context => seen.Set(await Outcome.OfAsync(ReadAllAsync(context))));
                var client = await site.ConnectAsync();
                await client.PostChunkedAsync();
                await client.SendAsync("5\r\nhel");
                client.CompleteWrites();
                return await seen.WaitAsync();
            }
        },
        {
            "FIN while the application works", "aborted", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                client.CompleteWrites();
                await aborted.WaitAsync();
                return "aborted";
            }
        },
        {
            "FIN while the application works ends the connection", "FIN", async transport =>
            {
                var started = new Signal();
                var ended = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    started.Set();
                    await ended.WaitAsync();
                    await context.Response.WriteAsync("too late");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                client.CompleteWrites();
                var end = await client.ReadToEndAsync();
                ended.Set();
                return end;
            }
        },
        {
            "FIN between requests", "200 hello FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(context => context.Response.WriteAsync("hello"));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                client.CompleteWrites();
                return $"{response} {await client.ReadToEndAsync()}";
            }
        },
        {
            "FIN while the response is written", "hello hello, aborted", async transport =>
            {
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    await context.Response.WriteAsync("hello hello");
                    await context.Response.Body.FlushAsync();
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\nb\r\n");
                var part = await client.ReadAsync(11);
                client.CompleteWrites();
                await aborted.WaitAsync();
                return $"{part}, aborted";
            }
        },
        {
            "RST before any request", "reset logged, complaints: []", transport => ResetAsync(transport, "")
        },
        {
            "RST in the request line", "reset logged, complaints: []", transport => ResetAsync(transport, "GET / HT")
        },
        {
            "RST in the headers", "reset logged, complaints: []",
            transport => ResetAsync(transport, "GET / HTTP/1.1\r\nHost: a\r\nAccep")
        },
        {
            "RST between requests", "reset logged, complaints: []",
            transport => ResetAsync(transport, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", responses: 1)
        },
        {
            "RST while the application works", "aborted, complaints: []", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                client.Abort();
                await aborted.WaitAsync();
                return $"aborted, complaints: [{site.Complaints}]";
            }
        },
        {
            "RST while the application awaits the body", "ConnectionResetException, aborted", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    var reading = context.Request.Body.ReadExactlyAsync(new byte[10]);
                    started.Set();
                    seen.Set(await Outcome.OfAsync(reading));
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await client.SendAsync("half");
                await started.WaitAsync();
                client.Abort();
                var outcome = await seen.WaitAsync();
                await aborted.WaitAsync();
                return $"{outcome}, aborted";
            }
        },
        {
            "RST while the application awaits the body through its pipe", "ConnectionResetException",
            async transport =>
            {
                var started = new Signal();
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    var reading = context.Request.BodyReader.ReadAsync();
                    started.Set();
                    seen.Set(await Outcome.OfAsync(reading));
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await started.WaitAsync();
                client.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "a read of the body after the RST", "ConnectionResetException ConnectionResetException", async transport =>
            {
                var started = new Signal();
                var seen = new Signal<string>();
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                    var first = await Outcome.OfAsync(() => ReadAllAsync(context));
                    seen.Set($"{first} {await Outcome.OfAsync(() => ReadAllAsync(context))}");
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await started.WaitAsync();
                client.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "a write after the RST", "done, with the token: cancelled", async transport =>
            {
                var seen = new Signal<string>();
                var aborted = new Signal();
                var started = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                    var first = await Outcome.OfAsync(() => context.Response.WriteAsync("late"));
                    var second = await Outcome.OfAsync(
                        () => context.Response.WriteAsync("late", context.RequestAborted));
                    seen.Set($"{first}, with the token: {second}");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                client.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "RST while the application writes", "aborted, then done", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    var page = new byte[10_000];
                    while (!context.RequestAborted.IsCancellationRequested)
                        await context.Response.Body.WriteAsync(page);
                    seen.Set($"aborted, then {await Outcome.OfAsync(context.Response.Body.WriteAsync(page))}");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadAsync(100_000);
                client.Abort();
                return await seen.WaitAsync();
            }
        },
        {
            "RST while a write waits for the client", "stuck, then the writes ended, complaints: []",
            async transport =>
            {
                var ended = new Signal();
                var pages = new Pages();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        if (context.Request.Path == "/read")
                        {
                            await new Pages().WriteAsync(context);
                            return;
                        }

                        await pages.WriteAsync(context);
                        ended.Set();
                    },
                    kestrel => kestrel.Limits.MinResponseDataRate = null);
                var client = await site.ConnectAsync(receiveBuffer: 8192);
                await client.GetAsync();
                var state = await pages.WatchAsync(() => Pages.GetAsync(site, "/read"));
                client.Abort();
                await ended.WaitAsync();
                return $"{state}, then the writes ended, complaints: [{site.Complaints}]";
            }
        },
        {
            "FIN behind a body that the application does not read", "aborted, then BadHttpRequestException 400",
            async transport =>
            {
                var aborted = new Signal();
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    await aborted.WaitAsync();
                    seen.Set(await Outcome.OfAsync(() => ReadAllAsync(context)));
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(5);
                await client.SendAsync("hello");
                client.CompleteWrites();
                await aborted.WaitAsync();
                return $"aborted, then {await seen.WaitAsync()}";
            }
        },
        {
            "RST behind a body that the application does not read", "aborted, then ConnectionResetException",
            async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                    seen.Set(await Outcome.OfAsync(() => ReadAllAsync(context)));
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                await started.WaitAsync();
                await client.SendAsync("hello");
                client.Abort();
                await aborted.WaitAsync();
                return $"aborted, then {await seen.WaitAsync()}";
            }
        },
    };

    private static Task Count(ref int served)
    {
        Interlocked.Increment(ref served);
        return Task.CompletedTask;
    }

    private static Task ReadAllAsync(HttpContext context) => context.Request.Body.CopyToAsync(Stream.Null);

    /// <summary>Sends this, reads so many responses, and resets.</summary>
    private static async Task<string> ResetAsync(Transport transport, string text, int responses = 0)
    {
        await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
        var client = await site.ConnectAsync();
        await client.SendAsync(text);
        for (var i = 0; i < responses; i++)
            await client.ReadResponseAsync();
        await Until.TrueAsync(() => site.KestrelMessages.Any(message => message.EndsWith("started.", Ordinal)));
        client.Abort();
        await Until.TrueAsync(() => site.TransportEvents.Contains("ConnectionReset"));
        await Until.TrueAsync(() => site.KestrelMessages.Any(message => message.EndsWith("stopped.", Ordinal)));
        return $"reset logged, complaints: [{site.Complaints}]";
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;
}

using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Applications that abort and that throw.</summary>
internal static class AbortCases
{
    public static readonly WebCases All = new()
    {
        {
            "the application aborts before its response", "RST, aborted", async transport =>
            {
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    context.Abort();
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var end = await client.ReadToEndAsync();
                await aborted.WaitAsync();
                return $"{end}, aborted";
            }
        },
        {
            "the application aborts in its response", "hello, RST", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 100;
                    await context.Response.WriteAsync("hello");
                    await received.WaitAsync();
                    context.Abort();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var part = await client.ReadAsync(5);
                received.Set();
                return $"{part}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "the application aborts twice", "RST, done", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Abort();
                    seen.Set(Outcome.Of(context.Abort));
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return $"{await client.ReadToEndAsync()}, {await seen.WaitAsync()}";
            }
        },
        {
            "abort in OnStarting", "RST", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Abort();
                        return Task.CompletedTask;
                    });
                    return context.Response.WriteAsync("hello");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "abort in OnCompleted", "200 hello, RST", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.OnCompleted(async () =>
                    {
                        await received.WaitAsync();
                        context.Abort();
                    });
                    context.Response.ContentLength = 5;
                    return context.Response.WriteAsync("hello");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                received.Set();
                return $"{response}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "a read of the body after an abort", "ConnectionAbortedException", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Abort();
                    seen.Set(await Outcome.OfAsync(context.Request.Body.ReadAsync(new byte[1])));
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                return await seen.WaitAsync();
            }
        },
        {
            "an abort while a read of the body waits", "cancelled", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    var reading = context.Request.Body.ReadAsync(new byte[1]);
                    context.Abort();
                    seen.Set(await Outcome.OfAsync(reading));
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(10);
                return await seen.WaitAsync();
            }
        },
        {
            "the application throws before its response", "500, 500", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => throw new InvalidOperationException("no"));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var first = await client.ReadResponseAsync();
                await client.GetAsync();
                return $"{first}, {await client.ReadResponseAsync()}";
            }
        },
        {
            "the application throws in its response", "hello, FIN", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 100;
                    await context.Response.WriteAsync("hello");
                    await received.WaitAsync();
                    throw new InvalidOperationException("no");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var part = await client.ReadAsync(5);
                received.Set();
                return $"{part}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "RequestAborted stays quiet after the response", "200 False", async transport =>
            {
                var token = new Signal<CancellationToken>();
                await using var site = await transport.ServeAsync(context =>
                {
                    token.Set(context.RequestAborted);
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                // With the second one the first is over for Kestrel too.
                await client.GetAsync();
                await client.ReadResponseAsync();
                // Before the FIN: Kestrel uses the source of the token for later requests too.
                var isAborted = (await token.WaitAsync()).IsCancellationRequested;
                client.CompleteWrites();
                await client.ReadToEndAsync();
                return $"{response} {isAborted}";
            }
        },
    };
}

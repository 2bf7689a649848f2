using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Servers that stop.</summary>
internal static class DrainCases
{
    public static readonly WebCases All = new()
    {
        {
            "stop waits for a request", "waits, 200 in time close, FIN", async transport =>
            {
                var started = new Signal();
                var notified = new Signal();
                var answer = new Signal<string>();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        started.Set();
                        await context.Response.WriteAsync(await answer.WaitAsync());
                    },
                    listen: listen => NotifyOfStop(listen, notified));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                var stopping = BeginStop(site);
                await notified.WaitAsync();
                var before = stopping.IsCompleted ? "stops" : "waits";
                answer.Set("in time");
                var response = await client.ReadResponseAsync();
                await stopping;
                return $"{before}, {response} {response["Connection"]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "stop waits for a body that still arrives", "200 5", async transport =>
            {
                var started = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    started.Set();
                    var body = new MemoryStream();
                    await context.Request.Body.CopyToAsync(body);
                    await context.Response.WriteAsync($"{body.Length}");
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(5);
                await started.WaitAsync();
                var stopping = BeginStop(site);
                await StoppingAsync(site);
                await client.SendAsync("hello");
                var response = await client.ReadResponseAsync();
                await stopping;
                return $"{response}";
            }
        },
        {
            "stop closes an idle connection", "200 hello, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(context => context.Response.WriteAsync("hello"));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                var stopping = BeginStop(site);
                var end = await client.ReadToEndAsync();
                await stopping;
                return $"{response}, {end}";
            }
        },
        {
            "stop closes a connection that has sent nothing", "FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await StartedAsync(site);
                var stopping = BeginStop(site);
                var end = await client.ReadToEndAsync();
                await stopping;
                return end;
            }
        },
        {
            "a connection after the stop is refused", "SocketException ConnectionRefused", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                // Only the server: with the application the stack stops too, and then no host is there to refuse.
                await site.StopServerAsync();
                return await Outcome.OfAsync(site.ConnectAsync());
            }
        },
        {
            "a connection during the stop is refused", "SocketException ConnectionRefused, 200", async transport =>
            {
                var started = new Signal();
                var finish = new Signal();
                await using var site = await transport.ServeAsync(async _ =>
                {
                    started.Set();
                    await finish.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                var stopping = BeginStop(site);
                await StoppingAsync(site);
                string outcome;
                do
                {
                    // Kestrel unbinds soon after the host has announced the stop. A socket that connects in that very
                    // moment is reset.
                    outcome = await Outcome.OfAsync(site.ConnectAsync());
                }
                while (!outcome.EndsWith(nameof(SocketError.ConnectionRefused), StringComparison.Ordinal));
                finish.Set();
                var response = await client.ReadResponseAsync();
                await stopping;
                return $"{outcome}, {response}";
            }
        },
        {
            "the end of the shutdown time aborts requests", "aborted, RST", async transport =>
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
                using var now = new CancellationTokenSource();
                var stopping = BeginStop(site, now.Token);
                await StoppingAsync(site);
                await now.CancelAsync();
                await aborted.WaitAsync();
                var end = await client.ReadToEndAsync();
                await Outcome.OfAsync(stopping);
                return $"aborted, {end}";
            }
        },
        {
            "HostOptions.ShutdownTimeout aborts requests", "aborted", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        await using var registration = context.RequestAborted.Register(aborted.Set);
                        started.Set();
                        await aborted.WaitAsync();
                    },
                    configure: builder => builder.Services.Configure<HostOptions>(
                        options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100)));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                await Outcome.OfAsync(site.StopAsync());
                await aborted.WaitAsync();
                return "aborted";
            }
        },
        {
            "a client that does not read is reset at the end of the shutdown time", "aborted, RST", async transport =>
            {
                var aborted = new Signal();
                var started = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        started.Set();
                        var page = new byte[1 << 20];
                        while (!context.RequestAborted.IsCancellationRequested)
                            await context.Response.Body.WriteAsync(page);
                        aborted.Set();
                    },
                    kestrel => kestrel.Limits.MinResponseDataRate = null);
                var client = await site.ConnectAsync(receiveBuffer: 8192);
                await client.GetAsync();
                await started.WaitAsync();
                await Outcome.OfAsync(site.StopAsync(new CancellationToken(canceled: true)));
                await aborted.WaitAsync();
                return $"aborted, {await client.ReadEndAsync()}";
            }
        },
        {
            "a streamed response goes on during the stop", "a, bc", async transport =>
            {
                var next = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 3;
                    await context.Response.WriteAsync("a");
                    await next.WaitAsync();
                    await context.Response.WriteAsync("bc");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var first = await client.ReadAsync(1);
                var stopping = BeginStop(site);
                await StoppingAsync(site);
                next.Set();
                var rest = await client.ReadAsync(2);
                await stopping;
                return $"{first}, {rest}";
            }
        },
        {
            "pipelined requests behind the running one are not served", "200 /1 close, FIN", async transport =>
            {
                var started = new Signal();
                var notified = new Signal();
                var finish = new Signal();
                await using var site = await transport.ServeAsync(
                    async context =>
                    {
                        started.Set();
                        await finish.WaitAsync();
                        await context.Response.WriteAsync(context.Request.Path);
                    },
                    listen: listen => NotifyOfStop(listen, notified));
                var client = await site.ConnectAsync();
                await client.SendAsync("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
                await started.WaitAsync();
                var stopping = BeginStop(site);
                await notified.WaitAsync();
                finish.Set();
                var response = await client.ReadResponseAsync();
                var end = await client.ReadEndAsync();
                await stopping;
                return $"{response} {response["Connection"]}, {end}";
            }
        },
        {
            "ConnectionClosedRequested is cancelled at the stop", "requested, 200", async transport =>
            {
                var started = new Signal();
                var requested = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    var lifetime = context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>();
                    await using var registration = lifetime.ConnectionClosedRequested.Register(requested.Set);
                    started.Set();
                    await requested.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await started.WaitAsync();
                var stopping = BeginStop(site);
                await requested.WaitAsync();
                var response = await client.ReadResponseAsync();
                await stopping;
                return $"requested, {response}";
            }
        },
        {
            "a WebSocket closes at the stop", "NormalClosure", async transport =>
            {
                var started = new Signal();
                await using var site = await transport.StartAsync(app =>
                {
                    app.UseWebSockets();
                    app.Run(async context =>
                    {
                        using var socket = await context.WebSockets.AcceptWebSocketAsync();
                        var stopping = new Signal();
                        await using var registration = app.Lifetime.ApplicationStopping.Register(stopping.Set);
                        started.Set();
                        await stopping.WaitAsync();
                        await socket.CloseAsync(
                            WebSocketCloseStatus.NormalClosure, "stop", CancellationToken.None);
                    });
                });
                using var invoker = new HttpMessageInvoker(site.CreateHandler());
                using var client = new ClientWebSocket();
                await client.ConnectAsync(new Uri($"ws://{site.EndPoint}/"), invoker, default).OrFail();
                await started.WaitAsync();
                var stop = BeginStop(site);
                var received = await client.ReceiveAsync(new byte[10], default).OrFail();
                await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).OrFail();
                await stop;
                return $"{received.CloseStatus}";
            }
        },
        {
            "an upgraded connection is reset at the end of the shutdown time", "RST", async transport =>
            {
                var started = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await using var stream =
                        await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
                    started.Set();
                    await Outcome.OfAsync(stream.ReadAsync(new byte[1]));
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", "Connection: Upgrade", "Upgrade: test");
                await started.WaitAsync();
                await client.ReadResponseAsync();
                using var now = new CancellationTokenSource();
                var stopping = BeginStop(site, now.Token);
                await StoppingAsync(site);
                await now.CancelAsync();
                var end = await client.ReadEndAsync();
                await Outcome.OfAsync(stopping);
                return end;
            }
        },
        {
            "stopping twice", "done done", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                return $"{await Outcome.OfAsync(site.StopAsync())} {await Outcome.OfAsync(site.StopAsync())}";
            }
        },
        {
            "a hundred idle connections close at the stop", "100 FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => site.ConnectAsync()));
                foreach (var client in clients)
                    await client.GetAsync();
                foreach (var client in clients)
                    await client.ReadResponseAsync();
                var stopping = BeginStop(site);
                var ends = await Task.WhenAll(clients.Select(client => client.ReadToEndAsync()));
                await stopping;
                return $"{ends.Length} {string.Join(' ', ends.Distinct())}";
            }
        },
    };

    /// <summary>Stops the site on another thread.</summary>
    private static Task BeginStop(Site site, CancellationToken cancellationToken = default) =>
        Task.Run(() => site.StopAsync(cancellationToken), CancellationToken.None);

    /// <summary>Waits until the stop has begun.</summary>
    private static Task StoppingAsync(Site site)
    {
        var stopping = site.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        return Until.TrueAsync(() => stopping.IsCancellationRequested);
    }

    /// <summary>
    /// Sets the signal when a connection is asked to close. The middleware registers before Kestrel, so that its
    /// callback runs after Kestrel's own.
    /// </summary>
    private static void NotifyOfStop(ListenOptions listen, Signal notified) => listen.Use(next => connection =>
    {
        connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>()
            .ConnectionClosedRequested.Register(notified.Set);
        return next(connection);
    });

    private static Task StartedAsync(Site site) => Until.TrueAsync(
        () => site.KestrelMessages.Any(message => message.EndsWith("started.", StringComparison.Ordinal)));
}

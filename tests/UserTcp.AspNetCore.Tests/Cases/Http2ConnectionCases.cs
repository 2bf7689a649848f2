using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>HTTP/2 connections: how they end, and frames by hand.</summary>
internal static class Http2ConnectionCases
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    public static readonly WebCases All = new()
    {
        {
            "RST aborts all requests of the connection", "3 aborted", async transport =>
            {
                var started = new CountdownEvent(3);
                var allStarted = new Signal();
                var aborted = new CountdownEvent(3);
                var allAborted = new Signal();
                Client? raw = null;
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    var mine = new Signal();
                    await using var registration = context.RequestAborted.Register(mine.Set);
                    if (started.Signal())
                        allStarted.Set();
                    await mine.WaitAsync();
                    if (aborted.Signal())
                        allAborted.Set();
                });
                using var client = CreateClientOver(site, connection => raw = connection);
                var requests = Enumerable.Range(0, 3).Select(_ => Outcome.OfAsync(client.GetAsync(""))).ToArray();
                await allStarted.WaitAsync();
                raw!.Abort();
                await allAborted.WaitAsync();
                await Task.WhenAll(requests);
                return "3 aborted";
            }
        },
        {
            "FIN aborts all requests of the connection", "aborted", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                Client? raw = null;
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                });
                using var client = CreateClientOver(site, connection => raw = connection);
                var request = Outcome.OfAsync(client.GetAsync(""));
                await started.WaitAsync();
                raw!.CompleteWrites();
                await aborted.WaitAsync();
                await request;
                return "aborted";
            }
        },
        {
            "stop sends GOAWAY, and lets a stream finish", "200 late, then refused", async transport =>
            {
                var started = new Signal();
                var finish = new Signal();
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    if (context.Request.Path == "/next")
                        return;
                    started.Set();
                    await finish.WaitAsync();
                    await context.Response.WriteAsync("late");
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                var request = client.GetAsync("");
                await started.WaitAsync();
                var stopping = Task.Run(() => site.StopServerAsync());
                string next;
                do
                {
                    // Until the client has read GOAWAY it opens streams on the old connection, which are refused.
                    next = await Outcome.OfAsync(client.GetAsync("next"));
                }
                while (!next.Contains("ConnectionRefused", StringComparison.Ordinal));
                finish.Set();
                var response = await Outcome.DescribeAsync(request);
                await stopping;
                return $"{response}, then refused";
            }
        },
        {
            "an idle connection at the stop", "GOAWAY, FIN", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.SendAsync(Preface);
                await client.SendAsync(Frame(type: 4, stream: 0));
                await ReadFrameAsync(client);
                var stopping = Task.Run(() => site.StopAsync());
                var (hasGoAway, _) = await ReadToGoAwayAsync(client);
                var end = await client.ReadEndAsync();
                await stopping;
                return $"{(hasGoAway ? "GOAWAY" : "nothing")}, {end}";
            }
        },
        {
            "the keep-alive time ends an idle connection", "GOAWAY 0, FIN", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(
                    _ => Task.CompletedTask,
                    kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMilliseconds(100));
                var client = await site.ConnectAsync();
                await client.SendAsync(Preface);
                await client.SendAsync(Frame(type: 4, stream: 0));
                var (_, code) = await ReadToGoAwayAsync(client);
                return $"GOAWAY {code}, {await client.ReadEndAsync()}";
            }
        },
        {
            "a frame that is against the rules", "GOAWAY 1, FIN", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.SendAsync(Preface);
                await client.SendAsync(Frame(type: 4, stream: 0));
                // DATA belongs to a stream, never to the connection.
                await client.SendAsync(Frame(type: 0, stream: 0));
                var (_, code) = await ReadToGoAwayAsync(client);
                return $"GOAWAY {code}, {await client.ReadEndAsync()}";
            }
        },
        {
            "a PING is answered", "PONG usertcp!", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.SendAsync(Preface);
                await client.SendAsync(Frame(type: 4, stream: 0));
                await client.SendAsync(Frame(type: 6, stream: 0, "usertcp!"u8.ToArray()));
                while (true)
                {
                    var (type, payload) = await ReadFrameAsync(client);
                    if (type == 6)
                        return $"PONG {payload}";
                }
            }
        },
        {
            "HTTP/1.1 to an HTTP/2 endpoint", "400 FIN", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                return $"{response.Status} {await client.ReadEndAsync()}";
            }
        },
        {
            "HTTP/2 to an HTTP/1.1 endpoint", "HTTP_1_1_REQUIRED", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, listen: listen => listen.Protocols = HttpProtocols.Http1);
                var client = await site.ConnectAsync();
                await client.SendAsync(Preface);
                var (hasGoAway, code) = await ReadToGoAwayAsync(client);
                return hasGoAway && code == 13 ? "HTTP_1_1_REQUIRED" : $"{hasGoAway} {code}";
            }
        },
    };

    /// <summary>An HttpClient over a connection that the case can also end by hand.</summary>
    private static HttpClient CreateClientOver(Site site, Action<Client> connected) => site.CreateClient(
        HttpVersion.Version20,
        handler => handler.ConnectCallback = async (_, _) =>
        {
            var client = await site.ConnectAsync();
            connected(client);
            return client.Stream;
        });

    private static byte[] Frame(byte type, int stream, byte[]? payload = null)
    {
        payload ??= [];
        byte[] head = [0, 0, (byte)payload.Length, type, 0, 0, 0, 0, (byte)stream];
        return [.. head, .. payload];
    }

    private static async Task<(int Type, string Payload)> ReadFrameAsync(Client client)
    {
        var head = await client.ReadAsync(9);
        return (head[3], await client.ReadAsync((head[0] << 16) + (head[1] << 8) + head[2]));
    }

    private static async Task<(bool HasGoAway, uint Code)> ReadToGoAwayAsync(Client client)
    {
        while (true)
        {
            var (type, payload) = await ReadFrameAsync(client);
            if (type == 7)
            {
                return (true, BinaryPrimitives.ReadUInt32BigEndian(
                    [(byte)payload[4], (byte)payload[5], (byte)payload[6], (byte)payload[7]]));
            }
        }
    }
}

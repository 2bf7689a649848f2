using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>What middleware and applications see of a connection: order, features, log.</summary>
internal static class ConnectionCases
{
    private static readonly (string Name, Type Type)[] Features =
    [
        ("id", typeof(IConnectionIdFeature)),
        ("items", typeof(IConnectionItemsFeature)),
        ("transport", typeof(IConnectionTransportFeature)),
        ("lifetime", typeof(IConnectionLifetimeFeature)),
        ("ends", typeof(IConnectionEndPointFeature)),
        ("pool", typeof(IMemoryPoolFeature)),
        ("notification", typeof(IConnectionLifetimeNotificationFeature)),
        ("heartbeat", typeof(IConnectionHeartbeatFeature)),
        ("complete", typeof(IConnectionCompleteFeature)),
        ("socket", typeof(IConnectionSocketFeature)),
        ("UserTcpConnection", typeof(UserTcpConnection)),
    ];

    public static readonly WebCases All = new()
    {
        {
            "middleware counts what HTTP reads", "200, 27 bytes", async transport =>
            {
                var count = 0L;
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask,
                    listen: listen => listen.Use(next => connection =>
                    {
                        connection.Transport = new CountingPipe(
                            connection.Transport, bytes => Interlocked.Add(ref count, bytes));
                        return next(connection);
                    }));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                return $"{response}, {Interlocked.Read(ref count)} bytes";
            }
        },
        {
            "middleware runs in order, and around the connection", "first second end of second end of first",
            async transport =>
            {
                var steps = new List<string>();
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask,
                    listen: listen =>
                    {
                        Use("first");
                        Use("second");

                        void Use(string name) => listen.Use(next => async connection =>
                        {
                            steps.Add(name);
                            await next(connection);
                            steps.Add($"end of {name}");
                        });
                    });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", "Connection: close");
                await client.ReadResponseAsync();
                await client.ReadToEndAsync();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                return string.Join(' ', steps);
            }
        },
        {
            "middleware that does not go on", "FIN, served 0", async transport =>
            {
                var served = 0;
                await using var site = await transport.ServeAsync(
                    _ =>
                    {
                        served++;
                        return Task.CompletedTask;
                    },
                    listen: listen => listen.Use(_ => _ => Task.CompletedTask));
                var client = await site.ConnectAsync();
                return $"{await client.ReadToEndAsync()}, served {served}";
            }
        },
        {
            "RequestClose ends the connection after the response", "200 last close, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
                    return context.Response.WriteAsync("last");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                return $"{response} {response["Connection"]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "the ends of the connection", "local True True, remote True True", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context =>
                    {
                        var ends = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items["ends"];
                        var local = new IPEndPoint(context.Connection.LocalIpAddress!, context.Connection.LocalPort);
                        var remote = new IPEndPoint(context.Connection.RemoteIpAddress!, context.Connection.RemotePort);
                        return context.Response.WriteAsync($"{ends} {local} {remote}");
                    },
                    listen: listen => listen.Use(next => connection =>
                    {
                        connection.Items["ends"] = $"{connection.LocalEndPoint} {connection.RemoteEndPoint}";
                        return next(connection);
                    }));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var ends = (await client.ReadResponseAsync()).Body.Split(' ');
                var remote = IPEndPoint.Parse(ends[1]);
                return $"local {ends[0] == $"{site.EndPoint}"} {ends[2] == $"{site.EndPoint}"}, "
                    + $"remote {remote.Address.Equals(transport.ClientAddress)} {ends[3] == ends[1]}";
            }
        },
        {
            "items are the connection's", "1 2", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
                    var count = items.TryGetValue("count", out var value) ? (int)value! + 1 : 1;
                    items["count"] = count;
                    return context.Response.WriteAsync($"{count}");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var first = await client.ReadResponseAsync();
                await client.GetAsync();
                return $"{first.Body} {(await client.ReadResponseAsync()).Body}";
            }
        },
        {
            "middleware names the connection", "mine, logged", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context => context.Response.WriteAsync(context.Connection.Id),
                    listen: listen => listen.Use(next => connection =>
                    {
                        connection.ConnectionId = "mine";
                        return next(connection);
                    }));
                var client = await site.ConnectAsync();
                await client.GetAsync("/", "Connection: close");
                var response = await client.ReadResponseAsync();
                await client.ReadToEndAsync();
                await Until.TrueAsync(() => site.KestrelMessages.Any(
                    message => message == "Connection id \"mine\" stopped."));
                return $"{response.Body}, logged";
            }
        },
        {
            "the id of a connection is its own, and in the log", "2 ids, logged", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context => context.Response.WriteAsync(context.Connection.Id));
                var ids = new HashSet<string>();
                for (var i = 0; i < 2; i++)
                {
                    var client = await site.ConnectAsync();
                    await client.GetAsync();
                    ids.Add((await client.ReadResponseAsync()).Body);
                }

                var isLogged = ids.All(id => site.KestrelMessages.Contains($"Connection id \"{id}\" started."));
                return $"{ids.Count} ids, {(isLogged ? "logged" : "not logged")}";
            }
        },
        {
            "features of a connection",
            "id items transport lifetime pool notification heartbeat complete socket",
            async transport =>
            {
                await using var site = await transport.ServeAsync(context => context.Response.WriteAsync(
                    string.Join(' ', Features.Where(feature => context.Features[feature.Type] is not null)
                        .Select(feature => feature.Name))));
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return (await client.ReadResponseAsync()).Body;
            }
        },
        {
            "callbacks at the end of the connection", "completed", async transport =>
            {
                var completed = new Signal();
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Features.GetRequiredFeature<IConnectionCompleteFeature>().OnCompleted(
                        _ =>
                        {
                            completed.Set();
                            return Task.CompletedTask;
                        },
                        null!);
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                await client.GetAsync("/", "Connection: close");
                await client.ReadResponseAsync();
                client.CompleteWrites();
                await completed.WaitAsync();
                return "completed";
            }
        },
        {
            "the heartbeat", "beats", async transport =>
            {
                var beat = new Signal();
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Features.GetRequiredFeature<IConnectionHeartbeatFeature>()
                        .OnHeartbeat(_ => beat.Set(), null!);
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadResponseAsync();
                await beat.WaitAsync();
                return "beats";
            }
        },
        {
            "the log of a connection that the client ends", "ConnectionReadFin ConnectionWriteFin",
            transport => LogAsync(transport, _ => Task.CompletedTask, client => client.CompleteWrites())
        },
        {
            "the log of a connection that the client resets", "ConnectionReset ConnectionWriteFin",
            transport => LogAsync(transport, _ => Task.CompletedTask, client => client.Abort())
        },
        {
            "the log of a connection that the server ends", "ConnectionWriteFin", transport => LogAsync(
                transport,
                context =>
                {
                    context.Response.Headers.Connection = "close";
                    return Task.CompletedTask;
                })
        },
        {
            "the log of a connection that the application aborts", "ConnectionWriteRst", transport => LogAsync(
                transport,
                context =>
                {
                    context.Abort();
                    return Task.CompletedTask;
                })
        },
        {
            "two hundred connections at once", "200 answers, 200 connections", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context => context.Response.WriteAsync(context.Connection.Id));
                var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
                {
                    var client = await site.ConnectAsync();
                    await client.GetAsync();
                    return (await client.ReadResponseAsync()).Body;
                }));
                return $"{answers.Length} answers, {answers.Distinct().Count()} connections";
            }
        },
        {
            "a hundred connections one after the other", "100 answers", async transport =>
            {
                await using var site = await transport.ServeAsync(context => context.Response.WriteAsync("hello"));
                var answers = 0;
                for (var i = 0; i < 100; i++)
                {
                    await using var client = await site.ConnectAsync();
                    await client.GetAsync("/", "Connection: close");
                    if ($"{await client.ReadResponseAsync()} {await client.ReadToEndAsync()}" == "200 hello FIN")
                        answers++;
                }

                return $"{answers} answers";
            }
        },
    };

    /// <summary>What the transport logs of a connection with one request.</summary>
    private static async Task<string> LogAsync(
        Transport transport, RequestDelegate application, Action<Client>? act = null)
    {
        await using var site = await transport.ServeAsync(application);
        // Open until the log is complete: a client that is collected resets its connection.
        await using var client = await site.ConnectAsync();
        await client.GetAsync();
        if (act is null)
        {
            await client.ReadEndAsync();
        }
        else
        {
            await client.ReadResponseAsync();
            act(client);
        }

        await Until.TrueAsync(() => site.HasEnded(connections: 1));
        await site.StopServerAsync();
        return string.Join(' ', site.TransportEvents);
    }

    /// <summary>A pipe around the connection's, as middleware that encrypts or logs has it.</summary>
    private sealed class CountingPipe(IDuplexPipe inner, Action<long> count) : PipeReader, IDuplexPipe
    {
        private ReadOnlySequence<byte> _buffer;

        public PipeReader Input => this;

        public PipeWriter Output => inner.Output;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = await inner.Input.ReadAsync(cancellationToken);
            _buffer = read.Buffer;
            return read;
        }

        public override bool TryRead(out ReadResult result)
        {
            var hasRead = inner.Input.TryRead(out result);
            _buffer = result.Buffer;
            return hasRead;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            count(_buffer.Slice(0, consumed).Length);
            inner.Input.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.Input.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Input.Complete(exception);
    }
}

using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Connection handlers that speak no HTTP.</summary>
internal static class HandlerCases
{
    public static readonly WebCases All = new()
    {
        {
            "a handler echoes", "hello FIN", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(EchoAsync);
                var client = await site.ConnectAsync();
                await client.SendAsync("hello");
                var echo = await client.ReadAsync(5);
                client.CompleteWrites();
                return $"{echo} {await client.ReadToEndAsync()}";
            }
        },
        {
            "a handler reads at FIN", "completed, 0 bytes, again completed", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var first = await connection.Transport.Input.ReadAsync();
                    connection.Transport.Input.AdvanceTo(first.Buffer.End);
                    var second = await connection.Transport.Input.ReadAsync();
                    return $"{(first.IsCompleted ? "completed" : "open")}, {first.Buffer.Length} bytes, "
                        + $"again {(second.IsCompleted ? "completed" : "open")}";
                },
                client => client.CompleteWrites())
        },
        {
            "a handler reads at RST", "ConnectionResetException, again ConnectionResetException", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var first = await ReadAsync(connection);
                    return $"{first}, again {await ReadAsync(connection)}";
                },
                client => client.Abort())
        },
        {
            "a handler writes after RST", "completed", transport => SeeAsync(
                transport,
                async connection =>
                {
                    await ReadAsync(connection);
                    var flush = await connection.Transport.Output.WriteAsync("late"u8.ToArray());
                    // The error may reach the other half a moment later.
                    while (!flush.IsCompleted)
                        flush = await connection.Transport.Output.WriteAsync("late"u8.ToArray());
                    return "completed";
                },
                client => client.Abort())
        },
        {
            "ConnectionClosed at FIN", "cancelled", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var closed = new Signal();
                    await using var registration = connection.ConnectionClosed.Register(closed.Set);
                    await closed.WaitAsync();
                    return "cancelled";
                },
                client => client.CompleteWrites())
        },
        {
            "ConnectionClosed at RST", "cancelled", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var closed = new Signal();
                    await using var registration = connection.ConnectionClosed.Register(closed.Set);
                    await closed.WaitAsync();
                    return "cancelled";
                },
                client => client.Abort())
        },
        {
            "ConnectionClosed at an abort", "cancelled", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var closed = new Signal();
                    await using var registration = connection.ConnectionClosed.Register(closed.Set);
                    await ReadAsync(connection);
                    connection.Abort(new ConnectionAbortedException("enough"));
                    await closed.WaitAsync();
                    return "cancelled";
                },
                client => client.SendAsync("go"))
        },
        {
            "a read that waits at an abort gets the reason", "ConnectionAbortedException enough", transport => SeeAsync(
                transport,
                async connection =>
                {
                    await ReadAsync(connection);
                    var reading = connection.Transport.Input.ReadAsync();
                    connection.Abort(new ConnectionAbortedException("enough"));
                    return await MessageAsync(() => reading);
                },
                client => client.SendAsync("go"))
        },
        {
            "a read after an abort gets the reason", "ConnectionAbortedException enough", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var closed = new Signal();
                    await using var registration = connection.ConnectionClosed.Register(closed.Set);
                    await ReadAsync(connection);
                    connection.Abort(new ConnectionAbortedException("enough"));
                    await closed.WaitAsync();
                    return await MessageAsync(() => connection.Transport.Input.ReadAsync());
                },
                client => client.SendAsync("go"))
        },
        {
            "a handler aborts", "RST", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                {
                    await ReadAsync(connection);
                    connection.Abort(new ConnectionAbortedException("enough"));
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("go");
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler aborts without a reason", "RST", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                {
                    await ReadAsync(connection);
                    connection.Abort();
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("go");
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler aborts through IConnectionLifetimeFeature", "RST", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                {
                    await ReadAsync(connection);
                    connection.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("go");
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler returns", "FIN", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(_ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler writes and returns", "bye FIN", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                    await connection.Transport.Output.WriteAsync("bye"u8.ToArray()));
                var client = await site.ConnectAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler throws", "FIN, Error", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(
                    _ => throw new InvalidOperationException("no"));
                var client = await site.ConnectAsync();
                var end = await client.ReadToEndAsync();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                return $"{end}, {site.Complaints}";
            }
        },
        {
            "a handler completes its output with an error", "RST", async transport =>
            {
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                {
                    await ReadAsync(connection);
                    await connection.Transport.Output.CompleteAsync(new InvalidOperationException("no"));
                    await ReadAsync(connection);
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("go");
                return await client.ReadToEndAsync();
            }
        },
        {
            "a handler completes its output and reads on", "FIN, then the handler reads ConnectionAbortedException",
            async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeConnectionsAsync(async connection =>
                {
                    await connection.Transport.Output.CompleteAsync();
                    seen.Set(await ReadAsync(connection));
                });
                var client = await site.ConnectAsync();
                var end = await client.ReadToEndAsync();
                await Outcome.OfAsync(client.SendAsync("more"));
                return $"{end}, then the handler reads {await seen.WaitAsync()}";
            }
        },
        {
            "a handler cancels its read", "cancelled True, then hello", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var input = connection.Transport.Input;
                    var reading = input.ReadAsync();
                    input.CancelPendingRead();
                    var read = await reading;
                    input.AdvanceTo(read.Buffer.Start);
                    await connection.Transport.Output.WriteAsync("go"u8.ToArray());
                    return $"cancelled {read.IsCanceled}, then {await ReadAsync(connection)}";
                },
                async client =>
                {
                    await client.ReadAsync(2);
                    await client.SendAsync("hello");
                })
        },
        {
            "a handler reads with a cancelled token", "cancelled", transport => SeeAsync(
                transport,
                connection => Outcome.OfAsync(
                    connection.Transport.Input.ReadAsync(new CancellationToken(canceled: true))))
        },
        {
            "a handler examines without consuming", "hello world", transport => SeeAsync(
                transport,
                async connection =>
                {
                    var input = connection.Transport.Input;
                    var read = await input.ReadAsync();
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    await connection.Transport.Output.WriteAsync("go"u8.ToArray());
                    while (read.Buffer.Length < 11)
                    {
                        read = await input.ReadAsync();
                        if (read.Buffer.Length < 11)
                            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    }

                    return Encoding.ASCII.GetString(read.Buffer);
                },
                async client =>
                {
                    await client.SendAsync("hello");
                    await client.ReadAsync(2);
                    await client.SendAsync(" world");
                })
        },
    };

    private static Task<string> SeeAsync(
        Transport transport, Func<ConnectionContext, Task<string>> handle, Action<Client>? act = null) =>
        SeeAsync(transport, handle, client =>
        {
            act?.Invoke(client);
            return Task.CompletedTask;
        });

    /// <summary>What a handler sees when its client acts, after the handler has started.</summary>
    private static async Task<string> SeeAsync(
        Transport transport, Func<ConnectionContext, Task<string>> handle, Func<Client, Task> act)
    {
        var started = new Signal();
        var seen = new Signal<string>();
        await using var site = await transport.ServeConnectionsAsync(async connection =>
        {
            var outcome = handle(connection);
            started.Set();
            seen.Set(await outcome);
        });
        var client = await site.ConnectAsync();
        await started.WaitAsync();
        await act(client);
        return await seen.WaitAsync();
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            foreach (var part in read.Buffer)
                await connection.Transport.Output.WriteAsync(part);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }
    }

    /// <summary>What one read gets: its data, the number of bytes at the end, or its error.</summary>
    private static async Task<string> ReadAsync(ConnectionContext connection)
    {
        try
        {
            var read = await connection.Transport.Input.ReadAsync().OrFail();
            var data = read.Buffer.IsEmpty ? "0" : Encoding.ASCII.GetString(read.Buffer);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            return data;
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            return Outcome.Of(exception);
        }
    }

    private static async Task<string> MessageAsync(Func<ValueTask<ReadResult>> read)
    {
        try
        {
            await read().OrFail();
            return "no error";
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            return $"{exception.GetType().Name} {exception.Message}";
        }
    }
}

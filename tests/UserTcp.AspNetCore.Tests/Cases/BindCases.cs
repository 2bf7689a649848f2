using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Hosting;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Endpoints, and listeners without Kestrel.</summary>
internal static class BindCases
{
    /// <summary>An address of TEST-NET-3 (RFC 5737), which no host has.</summary>
    private static readonly IPAddress Foreign = IPAddress.Parse("203.0.113.1");

    public static readonly WebCases All = new()
    {
        {
            "an endpoint twice", "IOException AddressInUseException", async transport =>
            {
                var port = FindPort();
                try
                {
                    await using var site = await transport.ServeAsync(
                        _ => Task.CompletedTask,
                        kestrel =>
                        {
                            kestrel.Listen(transport.ServerAddress, port);
                            kestrel.Listen(transport.ServerAddress, port);
                        });
                    return "bound twice";
                }
                catch (IOException exception)
                {
                    return $"{exception.GetType().Name} {exception.InnerException?.GetType().Name}";
                }
            }
        },
        {
            "an address that is not the host's", "SocketException AddressNotAvailable", async transport =>
                await Outcome.OfAsync(transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Listen(Foreign, 0)))
        },
        {
            "localhost with port 0", "InvalidOperationException", async transport =>
                await Outcome.OfAsync(transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.ListenLocalhost(0)))
        },
        {
            "port 0 twice", "two ports: 200, 200", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    _ => Task.CompletedTask, kestrel => kestrel.Listen(transport.ServerAddress, 0));
                var ports = site.Urls.Select(url => url.Port).Distinct().ToArray();
                var answers = new List<string>();
                foreach (var port in ports)
                {
                    var client = await site.ConnectAsync(port);
                    await client.GetAsync();
                    answers.Add($"{await client.ReadResponseAsync()}");
                }

                return $"{(ports.Length == 2 ? "two" : "other")} ports: {string.Join(", ", answers)}";
            }
        },
        {
            "any address", "200 at the server's address", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context => context.Response.WriteAsync(
                        Equals(context.Connection.LocalIpAddress?.MapToIPv4(), transport.ServerAddress)
                            ? "at the server's address"
                            : $"at {context.Connection.LocalIpAddress}"),
                    kestrel => kestrel.ListenAnyIP(0),
                    configure: builder => builder.Services.Configure<UserTcpOptions>(
                        options => options.ClaimWildcards = true));
                var client = await site.ConnectAsync(site.Urls.Last().Port);
                await client.GetAsync();
                return $"{await client.ReadResponseAsync()}";
            }
        },
        {
            "a listener for an address that is in use", "AddressInUseException", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                return await Outcome.OfAsync(() => BindAsync(site, site.EndPoint));
            }
        },
        {
            "a listener's endpoint has its port", "True True", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var bound = (IPEndPoint)listener.EndPoint;
                return $"{bound.Address.Equals(transport.ServerAddress)} {bound.Port > 0}";
            }
        },
        {
            "a port is free after the listener", "done", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                var listener = await BindAsync(site);
                var bound = (IPEndPoint)listener.EndPoint;
                await listener.UnbindAsync().OrFail();
                await listener.DisposeAsync().OrFail();
                return await Outcome.OfAsync(async () =>
                {
                    await using var next = await BindAsync(site, bound);
                });
            }
        },
        {
            "accept after unbind", "null", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                await listener.UnbindAsync().OrFail();
                return await listener.AcceptAsync().OrFail() is null ? "null" : "a connection";
            }
        },
        {
            "unbind while an accept waits", "null", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var accepting = listener.AcceptAsync().OrFail();
                await listener.UnbindAsync().OrFail();
                return await accepting is null ? "null" : "a connection";
            }
        },
        {
            "an accept with a cancelled token", "cancelled", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                return await Outcome.OfAsync(
                    () => listener.AcceptAsync(new CancellationToken(canceled: true)).AsTask());
            }
        },
        {
            "an accept that is cancelled, and the next one", "cancelled, then hello", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                using var cancel = new CancellationTokenSource();
                var accepting = listener.AcceptAsync(cancel.Token).AsTask();
                await cancel.CancelAsync();
                var outcome = await Outcome.OfAsync(accepting);
                var client = await ConnectAsync(site, listener);
                await client.SendAsync("hello");
                await using var connection = (await listener.AcceptAsync().OrFail())!;
                return $"{outcome}, then {await ReadAsync(connection)}";
            }
        },
        {
            "a connection that nobody has accepted, at unbind", "RST", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var client = await ConnectAsync(site, listener);
                await client.SendAsync("hello");
                await listener.UnbindAsync().OrFail();
                return await client.ReadEndAsync();
            }
        },
        {
            "a connection outlives its listener", "hello hello", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var client = await ConnectAsync(site, listener);
                await using var connection = (await listener.AcceptAsync().OrFail())!;
                await listener.UnbindAsync().OrFail();
                await client.SendAsync("hello");
                var arrived = await ReadAsync(connection);
                await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(arrived)).OrFail();
                return $"{arrived} {await client.ReadAsync(5)}";
            }
        },
        {
            "disposing of a connection ends it after what was written", "bye FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var client = await ConnectAsync(site, listener);
                var connection = (await listener.AcceptAsync().OrFail())!;
                await connection.Transport.Output.WriteAsync("bye"u8.ToArray()).OrFail();
                await connection.DisposeAsync().OrFail();
                return await client.ReadToEndAsync();
            }
        },
        {
            "connections are accepted in order", "a b c", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                foreach (var name in new[] { "a", "b", "c" })
                    await (await ConnectAsync(site, listener)).SendAsync(name);
                var names = new List<string>();
                while (names.Count < 3)
                {
                    await using var connection = (await listener.AcceptAsync().OrFail())!;
                    names.Add(await ReadAsync(connection));
                }

                return string.Join(' ', names);
            }
        },
        {
            "a client that resets before the accept", "ConnectionResetException, then next", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                (await ConnectAsync(site, listener)).Abort();
                var next = await ConnectAsync(site, listener);
                await next.SendAsync("next");
                await using var first = (await listener.AcceptAsync().OrFail())!;
                await using var second = (await listener.AcceptAsync().OrFail())!;
                return $"{await Outcome.OfAsync(() => ReadAsync(first))}, then {await ReadAsync(second)}";
            }
        },
        {
            "a client that resets after the accept", "ConnectionResetException", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var client = await ConnectAsync(site, listener);
                await using var connection = (await listener.AcceptAsync().OrFail())!;
                client.Abort();
                return await Outcome.OfAsync(() => ReadAsync(connection));
            }
        },
        {
            "a client that has left data and FIN before the accept", "hello, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(_ => Task.CompletedTask);
                await using var listener = await BindAsync(site);
                var client = await ConnectAsync(site, listener);
                await client.SendAsync("hello");
                client.CompleteWrites();
                await using var connection = (await listener.AcceptAsync().OrFail())!;
                var data = await ReadAsync(connection);
                return $"{data}, {(await ReadAsync(connection) is "" ? "FIN" : "more")}";
            }
        },
    };

    private static async Task<IConnectionListener> BindAsync(Site site, IPEndPoint? endPoint = null)
    {
        var factory = site.Services.GetServices<IConnectionListenerFactory>().Last();
        return await factory.BindAsync(endPoint ?? new IPEndPoint(site.EndPoint.Address, 0)).OrFail();
    }

    private static Task<Client> ConnectAsync(Site site, IConnectionListener listener) =>
        site.ConnectAsync(((IPEndPoint)listener.EndPoint).Port);

    private static async Task<string> ReadAsync(ConnectionContext connection)
    {
        var read = await connection.Transport.Input.ReadAsync().OrFail();
        var text = Encoding.ASCII.GetString(read.Buffer);
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    /// <summary>A port that is free, and if it is not any more the outcome is the same.</summary>
    private static int FindPort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

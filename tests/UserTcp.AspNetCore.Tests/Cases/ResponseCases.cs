using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>Responses of every kind, and bodies in both directions.</summary>
internal static class ResponseCases
{
    private const int Large = 10 << 20;

    public static readonly WebCases All = new()
    {
        {
            "no body", "200, length 0", async transport =>
            {
                var response = await GetAsync(transport, _ => Task.CompletedTask);
                return $"{response}, length {response["Content-Length"]}";
            }
        },
        {
            "chunked without a length", "200 hello world, 2 chunks, chunked", async transport =>
            {
                var response = await GetAsync(transport, async context =>
                {
                    await context.Response.WriteAsync("hello ");
                    await context.Response.WriteAsync("world");
                });
                return $"{response}, {response.Chunks} chunks, {response["Transfer-Encoding"]}";
            }
        },
        {
            "with a length", "200 hello, 0 chunks", async transport =>
            {
                var response = await GetAsync(transport, context =>
                {
                    context.Response.ContentLength = 5;
                    return context.Response.WriteAsync("hello");
                });
                return $"{response}, {response.Chunks} chunks";
            }
        },
        {
            "more than the length", "InvalidOperationException, 200, FIN", async transport =>
            {
                var seen = new Signal<string>();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 3;
                    try
                    {
                        await context.Response.WriteAsync("hello");
                    }
                    catch (Exception exception)
                    {
                        seen.Set(Outcome.Of(exception));
                        throw;
                    }
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var head = await client.ReadThroughAsync("\r\n\r\n");
                return $"{await seen.WaitAsync()}, {head.Split(' ')[1]}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "less than the length", "hello FIN", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 10;
                    await context.Response.WriteAsync("hello");
                    await received.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var part = await client.ReadAsync(5);
                received.Set();
                return $"{part} {await client.ReadToEndAsync()}";
            }
        },
        {
            "nothing at all with a length", "500", async transport =>
            {
                var response = await GetAsync(transport, context =>
                {
                    context.Response.ContentLength = 10;
                    return Task.CompletedTask;
                });
                return $"{response}";
            }
        },
        {
            "HEAD", "200, length 5, then 200 hello", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.ContentLength = 5;
                    return context.Response.WriteAsync("hello");
                });
                var client = await site.ConnectAsync();
                await client.SendAsync("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
                var head = await client.ReadResponseAsync(isToHead: true);
                await client.GetAsync();
                return $"{head}, length {head["Content-Length"]}, then {await client.ReadResponseAsync()}";
            }
        },
        {
            "204", "204, length [], then 204", transport => WithoutBodyAsync(transport, 204)
        },
        {
            "304", "304, length [], then 304", transport => WithoutBodyAsync(transport, 304)
        },
        {
            "a body in a 204", "InvalidOperationException", async transport =>
            {
                var seen = new Signal<string>();
                await GetAsync(transport, async context =>
                {
                    context.Response.StatusCode = 204;
                    seen.Set(await Outcome.OfAsync(() => context.Response.WriteAsync("hello")));
                });
                return await seen.WaitAsync();
            }
        },
        {
            "a synchronous write", "InvalidOperationException", async transport =>
            {
                var seen = new Signal<string>();
                await GetAsync(transport, context =>
                {
#pragma warning disable CA1849 // The blocking write is the case.
                    seen.Set(Outcome.Of(() => context.Response.Body.Write("hello"u8)));
#pragma warning restore CA1849
                    return Task.CompletedTask;
                });
                return await seen.WaitAsync();
            }
        },
        {
            "trailers over HTTP/1.1", "False", async transport =>
            {
                var seen = new Signal<bool>();
                await GetAsync(transport, context =>
                {
                    seen.Set(context.Response.SupportsTrailers());
                    return Task.CompletedTask;
                });
                return $"{await seen.WaitAsync()}";
            }
        },
        {
            "the head alone before the body", "200 head, then 200 body", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = 4;
                    await context.Response.Body.FlushAsync();
                    await received.WaitAsync();
                    await context.Response.WriteAsync("body");
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var head = await client.ReadThroughAsync("\r\n\r\n");
                received.Set();
                return $"{head.Split(' ')[1]} head, then 200 {await client.ReadAsync(4)}";
            }
        },
        {
            "pieces arrive as they are flushed", "a b c d e f g h i j", async transport =>
            {
                var received = Enumerable.Range(0, 10).Select(_ => new Signal()).ToArray();
                await using var site = await transport.ServeAsync(async context =>
                {
                    context.Response.ContentLength = received.Length;
                    for (var i = 0; i < received.Length; i++)
                    {
                        await context.Response.Body.WriteAsync(new[] { (byte)('a' + i) });
                        await context.Response.Body.FlushAsync();
                        await received[i].WaitAsync();
                    }
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var pieces = new List<string>();
                foreach (var signal in received)
                {
                    pieces.Add(await client.ReadAsync(1));
                    signal.Set();
                }

                return string.Join(' ', pieces);
            }
        },
        {
            "CompleteAsync ends the response before the application", "200 hello", async transport =>
            {
                var received = new Signal();
                await using var site = await transport.ServeAsync(async context =>
                {
                    await context.Response.WriteAsync("hello");
                    await context.Response.CompleteAsync();
                    await received.WaitAsync();
                });
                var client = await site.ConnectAsync();
                await client.GetAsync();
                var response = await client.ReadResponseAsync();
                received.Set();
                return $"{response}";
            }
        },
        {
            "the pipe of the body", "200 hello", async transport =>
            {
                var response = await GetAsync(transport, async context =>
                {
                    var writer = context.Response.BodyWriter;
                    "hello"u8.CopyTo(writer.GetSpan(5));
                    writer.Advance(5);
                    await writer.FlushAsync();
                });
                return $"{response}";
            }
        },
        {
            "the body read through its pipe in pieces", "200 hello world", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    var all = new StringBuilder();
                    while (true)
                    {
                        var read = await context.Request.BodyReader.ReadAsync();
                        all.Append(Encoding.ASCII.GetString(read.Buffer));
                        context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                        if (read.IsCompleted)
                            break;
                    }

                    await context.Response.WriteAsync($"{all}");
                });
                var client = await site.ConnectAsync();
                await client.PostChunkedAsync();
                await client.SendAsync("6\r\nhello \r\n");
                await client.SendAsync("5\r\nworld\r\n0\r\n\r\n");
                return $"{await client.ReadResponseAsync()}";
            }
        },
        {
            "Expect: 100-continue, and the body is read", "100, 200 hello", async transport =>
            {
                await using var site = await transport.ServeAsync(Applications.EchoAsync);
                var client = await site.ConnectAsync();
                await client.PostAsync(5, "Expect: 100-continue");
                var interim = await client.ReadResponseAsync();
                await client.SendAsync("hello");
                return $"{interim}, {await client.ReadResponseAsync()}";
            }
        },
        {
            "the response before the body is read", "200 early, then 200 early", async transport =>
            {
                await using var site = await transport.ServeAsync(async context =>
                {
                    await context.Response.WriteAsync("early");
                    await context.Response.CompleteAsync();
                    await context.Request.Body.CopyToAsync(Stream.Null);
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(5);
                var first = await client.ReadResponseAsync();
                await client.SendAsync("hello");
                await client.PostAsync(0);
                return $"{first}, then {await client.ReadResponseAsync()}";
            }
        },
        {
            "a response that refuses a body which has arrived", "403 no, FIN", async transport =>
            {
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.StatusCode = 403;
                    context.Response.Headers.Connection = "close";
                    return context.Response.WriteAsync("no");
                });
                var client = await site.ConnectAsync();
                await client.SendAsync(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + new string('a', 1000));
                return $"{await client.ReadResponseAsync()}, {await client.ReadToEndAsync()}";
            }
        },
        {
            "a response that refuses a body which still arrives", "413 no", async transport =>
            {
                await using var site = await transport.ServeAsync(
                    context =>
                    {
                        context.Response.StatusCode = 413;
                        context.Response.Headers.Connection = "close";
                        return context.Response.WriteAsync("no");
                    },
                    kestrel => kestrel.Limits.MaxRequestBodySize = null);
                var client = await site.ConnectAsync();
                await client.PostAsync(1L << 40);
                await client.SendAsync(new byte[200_000]);
                return $"{await client.ReadResponseAsync()}";
            }
        },
        {
            "ten megabytes to the client", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(Large);
                await using var site = await transport.ServeAsync(
                    context => context.Response.Body.WriteAsync(data).AsTask());
                using var client = site.CreateClient();
                return Compare(data, await client.GetByteArrayAsync("").OrFail());
            }
        },
        {
            "ten megabytes to the server", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(Large);
                await using var site = await transport.ServeAsync(async context => await context.Response.WriteAsync(
                    Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body))));
                using var client = site.CreateClient();
                using var content = new ByteArrayContent(data);
                using var response = await client.PostAsync("", content).OrFail();
                var hash = await response.Content.ReadAsStringAsync().OrFail();
                return hash == Convert.ToHexString(SHA256.HashData(data)) ? "same" : "different";
            }
        },
        {
            "ten megabytes in both directions at once", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(Large);
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.ContentLength = Large;
                    return context.Request.Body.CopyToAsync(context.Response.Body);
                });
                var client = await site.ConnectAsync();
                await client.PostAsync(Large);
                return Compare(data, await client.ExchangeAsync(data));
            }
        },
        {
            "a client that reads a large response slowly", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(256 << 10);
                await using var site = await transport.ServeAsync(context =>
                {
                    context.Response.ContentLength = data.Length;
                    return context.Response.Body.WriteAsync(data).AsTask();
                });
                var client = await site.ConnectAsync(receiveBuffer: 8192);
                await client.GetAsync();
                await client.ReadThroughAsync("\r\n\r\n");
                var all = new MemoryStream();
                var buffer = new byte[1000];
                all.Write(client.TakeUnread());
                while (all.Length < data.Length)
                    all.Write(buffer, 0, await client.Stream.ReadAsync(buffer).OrFail());
                return Compare(data, all.ToArray());
            }
        },
        {
            "a file", "same", async transport =>
            {
                var file = Path.GetTempFileName();
                try
                {
                    var data = RandomNumberGenerator.GetBytes(300_000);
                    await File.WriteAllBytesAsync(file, data);
                    await using var site = await transport.ServeAsync(context => context.Response.SendFileAsync(file));
                    using var client = site.CreateClient();
                    return Compare(data, await client.GetByteArrayAsync("").OrFail());
                }
                finally
                {
                    File.Delete(file);
                }
            }
        },
        {
            "a header of 20,000 letters", "20000", async transport =>
            {
                var response = await GetAsync(transport, context =>
                {
                    context.Response.Headers["Long"] = new string('a', 20_000);
                    return Task.CompletedTask;
                });
                return $"{response["Long"].Length}";
            }
        },
    };

    private static async Task<Response> GetAsync(Transport transport, RequestDelegate application)
    {
        await using var site = await transport.ServeAsync(application);
        var client = await site.ConnectAsync();
        await client.GetAsync();
        return await client.ReadResponseAsync();
    }

    /// <summary>Two requests: a body in the first response would be in the way of the second.</summary>
    private static async Task<string> WithoutBodyAsync(Transport transport, int status)
    {
        await using var site = await transport.ServeAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var client = await site.ConnectAsync();
        await client.GetAsync();
        var first = await client.ReadResponseAsync();
        await client.GetAsync();
        return $"{first}, length [{first["Content-Length"]}], then {await client.ReadResponseAsync()}";
    }

    private static string Compare(byte[] expected, byte[] actual) =>
        expected.AsSpan().SequenceEqual(actual) ? "same" : $"{actual.Length} bytes that differ";
}

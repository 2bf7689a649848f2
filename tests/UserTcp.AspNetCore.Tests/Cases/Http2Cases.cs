using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>The streams of an HTTP/2 connection, with prior knowledge.</summary>
internal static class Http2Cases
{
    private const int Cancel = 8;

    public static readonly WebCases All = new()
    {
        {
            "prior knowledge", "HTTP/2", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(
                    context => context.Response.WriteAsync(context.Request.Protocol));
                using var client = site.CreateClient(HttpVersion.Version20);
                return await client.GetStringAsync("").OrFail();
            }
        },
        {
            "fifty streams at once on one connection", "50 answers, 1 connection", async transport =>
            {
                const int streams = 50;
                var all = new CountdownEvent(streams);
                var together = new Signal();
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    if (context.Request.Path == "/first")
                        return;
                    if (all.Signal())
                        together.Set();
                    await together.WaitAsync();
                    await context.Response.WriteAsync(context.Connection.Id);
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                await client.GetStringAsync("first").OrFail();
                var answers = await Task.WhenAll(
                    Enumerable.Range(0, streams).Select(_ => client.GetStringAsync("").OrFail()));
                return $"{answers.Length} answers, {answers.Distinct().Count()} connection";
            }
        },
        {
            "a client that resets a stream aborts only that request", "cancelled, aborted, 200 other False",
            async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                var finish = new Signal();
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    if (context.Request.Path == "/first")
                    {
                        await using var registration = context.RequestAborted.Register(aborted.Set);
                        started.Set();
                        await aborted.WaitAsync();
                        return;
                    }

                    await finish.WaitAsync();
                    await context.Response.WriteAsync($"other {context.RequestAborted.IsCancellationRequested}");
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                using var cancel = new CancellationTokenSource();
                var first = client.GetAsync("first", cancel.Token);
                await started.WaitAsync();
                var other = client.GetAsync("other");
                await cancel.CancelAsync();
                var outcome = await Outcome.OfAsync(first);
                await aborted.WaitAsync();
                finish.Set();
                return $"{outcome}, aborted, {await Outcome.DescribeAsync(other)}";
            }
        },
        {
            "an application that aborts a request resets only its stream",
            "HttpRequestException HttpProtocolError, 200 one connection", async transport =>
            {
                var ids = new List<string>();
                await using var site = await transport.ServeHttp2Async(context =>
                {
                    lock (ids)
                        ids.Add(context.Connection.Id);
                    if (context.Request.Path == "/abort")
                        context.Abort();
                    return context.Response.WriteAsync(
                        ids.Distinct().Count() == 1 ? "one connection" : "two connections");
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                var outcome = await Outcome.OfAsync(client.GetAsync("abort"));
                return $"{outcome}, {await Outcome.DescribeAsync(client.GetAsync(""))}";
            }
        },
        {
            "IHttpResetFeature chooses the error code", "HttpProtocolException 8", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(context =>
                {
                    context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(Cancel);
                    return Task.CompletedTask;
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                try
                {
                    using var response = await client.GetAsync("").OrFail();
                    return $"{response.StatusCode}";
                }
                catch (HttpRequestException exception)
                {
                    return Outcome.Of(exception.InnerException!);
                }
            }
        },
        {
            "MaxStreamsPerConnection lets the others wait", "10 answers, 2 at once", async transport =>
            {
                var (running, max) = (0, 0);
                var (twoRun, release) = (new Signal(), new Signal());
                await using var site = await transport.ServeHttp2Async(
                    async context =>
                    {
                        if (context.Request.Path == "/alone")
                            return;
                        var now = Interlocked.Increment(ref running);
                        InterlockedMax(ref max, now);
                        if (now == 2)
                            twoRun.Set();
                        await release.WaitAsync();
                        Interlocked.Decrement(ref running);
                    },
                    kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 2);
                using var client = site.CreateClient(HttpVersion.Version20);
                using var other = site.CreateClient(HttpVersion.Version20);
                // The response to the first request tells that the client has got the server's settings.
                await client.GetAsync("alone").OrFail();
                var requests = Enumerable.Range(0, 10).Select(_ => client.GetAsync("").OrFail()).ToArray();
                await twoRun.WaitAsync();
                // While another connection has a whole request served, a third stream would start as well.
                await other.GetAsync("alone").OrFail();
                release.Set();
                var answers = await Task.WhenAll(requests);
                return $"{answers.Length} answers, {max} at once";
            }
        },
        {
            "four megabytes in both directions over HTTP/2", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(4 << 20);
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    await context.Response.Body.FlushAsync();
                    await context.Request.Body.CopyToAsync(context.Response.Body);
                });
                using var client = site.CreateClient(
                    HttpVersion.Version20, handler => handler.InitialHttp2StreamWindowSize = 1 << 20);
                using var content = new DuplexContent();
                using var response = await PostAsync(client, content);
                var upload = await content.Upload.WaitAsync();
                var writing = Task.Run(async () =>
                {
                    await upload.WriteAsync(data);
                    // Without it HttpClient may keep the last piece until the body ends.
                    await upload.FlushAsync();
                });
                await using var download = await response.Content.ReadAsStreamAsync();
                var echo = new byte[data.Length];
                await download.ReadExactlyAsync(echo).OrFail();
                await writing.OrFail();
                content.Done.Set();
                return data.AsSpan().SequenceEqual(echo) ? "same" : "different";
            }
        },
        {
            "eight uploads at once share the windows", "8 same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(1 << 20);
                var hash = Convert.ToHexString(SHA256.HashData(data));
                await using var site = await transport.ServeHttp2Async(
                    async context => await context.Response.WriteAsync(
                        Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body))));
                using var client = site.CreateClient(HttpVersion.Version20);
                var hashes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
                {
                    using var content = new ByteArrayContent(data);
                    using var response = await client.PostAsync("", content).OrFail();
                    return await response.Content.ReadAsStringAsync();
                }));
                return $"{hashes.Count(other => other == hash)} same";
            }
        },
        {
            "a stream whose client does not read does not stop another", "200 quick", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(
                    async context =>
                    {
                        if (context.Request.Path == "/quick")
                        {
                            await context.Response.WriteAsync("quick");
                            return;
                        }

                        var page = new byte[1 << 16];
                        while (!context.RequestAborted.IsCancellationRequested)
                            await context.Response.Body.WriteAsync(page);
                    },
                    kestrel => kestrel.Limits.MinResponseDataRate = null);
                using var client = site.CreateClient(HttpVersion.Version20);
                using var endless = await client.GetAsync("", HttpCompletionOption.ResponseHeadersRead).OrFail();
                return await Outcome.DescribeAsync(client.GetAsync("quick"));
            }
        },
        {
            "questions and answers in one request", "a A b B c C", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    await context.Response.Body.FlushAsync();
                    var buffer = new byte[1];
                    while (await context.Request.Body.ReadAsync(buffer) > 0)
                    {
                        buffer[0] -= 32;
                        await context.Response.Body.WriteAsync(buffer);
                        await context.Response.Body.FlushAsync();
                    }
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                using var content = new DuplexContent();
                using var response = await PostAsync(client, content);
                var upload = await content.Upload.WaitAsync();
                await using var download = await response.Content.ReadAsStreamAsync();
                var talk = new List<char>();
                foreach (var letter in "abc")
                {
                    var buffer = new[] { (byte)letter };
                    await upload.WriteAsync(buffer).OrFail();
                    await upload.FlushAsync().OrFail();
                    await download.ReadExactlyAsync(buffer).OrFail();
                    talk.AddRange(letter, (char)buffer[0]);
                }

                content.Done.Set();
                return string.Join(' ', talk);
            }
        },
        {
            "trailers over HTTP/2", "hello, Sum: 5", async transport =>
            {
                await using var site = await transport.ServeHttp2Async(async context =>
                {
                    context.Response.DeclareTrailer("Sum");
                    await context.Response.WriteAsync("hello");
                    context.Response.AppendTrailer("Sum", "5");
                });
                using var client = site.CreateClient(HttpVersion.Version20);
                using var response = await client.GetAsync("").OrFail();
                return $"{await response.Content.ReadAsStringAsync()}, "
                    + $"Sum: {response.TrailingHeaders.GetValues("Sum").Single()}";
            }
        },
    };

    /// <summary>Posts a body that is written while the response is read. The content outlives this call.</summary>
    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "")
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).OrFail();
    }

    private static void InterlockedMax(ref int max, int value)
    {
        for (int old; value > (old = Volatile.Read(ref max));)
        {
            if (Interlocked.CompareExchange(ref max, value, old) == old)
                return;
        }
    }

    /// <summary>A body that the case writes while it reads the response.</summary>
    private sealed class DuplexContent : HttpContent
    {
        public Signal<Stream> Upload { get; } = new();

        public Signal Done { get; } = new();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // HttpClient may keep the request's head until then.
            await stream.FlushAsync();
            Upload.Set(stream);
            await Done.WaitAsync();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

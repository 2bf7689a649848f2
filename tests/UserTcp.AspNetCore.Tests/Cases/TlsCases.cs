using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace UserTcp.AspNetCore.Tests.Cases;

/// <summary>UseHttps: handshakes that succeed and fail, ALPN, certificates, ends.</summary>
internal static class TlsCases
{
    public static readonly WebCases All = new()
    {
        {
            "HTTP/1.1 over TLS", "https HTTP/1.1", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                using var client = CreateClient(site, HttpVersion.Version11);
                return (await client.GetStringAsync("").OrFail()).Trim();
            }
        },
        {
            "HTTP/2 over TLS", "https HTTP/2 h2", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                using var client = CreateClient(site, HttpVersion.Version20);
                return await client.GetStringAsync("").OrFail();
            }
        },
        {
            "ALPN offers both", "h2", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                await using var tls = await HandshakeAsync(
                    site, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2);
                return $"{tls.NegotiatedApplicationProtocol}";
            }
        },
        {
            "ALPN offers something else", "AuthenticationException", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                return await Outcome.OfAsync(HandshakeAsync(site, new SslApplicationProtocol("other")));
            }
        },
        {
            "no ALPN", "[] HTTP/1.1 200", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                await using var tls = await HandshakeAsync(site);
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()).OrFail();
                return $"[{tls.NegotiatedApplicationProtocol}] {await ReadAsync(tls, 12)}";
            }
        },
        {
            "close_notify and FIN after Connection: close", "200, 0, FIN", async transport =>
            {
                await using var site = await ServeAsync(transport, _ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                await using var tls = await HandshakeAsync(client);
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()).OrFail();
                using var reader = new StreamReader(tls, leaveOpen: true);
                var response = await reader.ReadToEndAsync().OrFail();
                return $"{response.Split(' ')[1]}, {await tls.ReadAsync(new byte[1]).OrFail()}, "
                    + await client.ReadToEndAsync();
            }
        },
        {
            "a client that sends nothing", "FIN", async transport =>
            {
                await using var site = await ServeAsync(
                    transport, DescribeAsync, https => https.HandshakeTimeout = TimeSpan.FromMilliseconds(200));
                var client = await site.ConnectAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "a client that stops in the handshake", "FIN", async transport =>
            {
                await using var site = await ServeAsync(
                    transport, DescribeAsync, https => https.HandshakeTimeout = TimeSpan.FromMilliseconds(200));
                var client = await site.ConnectAsync();
                // The head of a record of 512 bytes with a ClientHello, and no more.
                await client.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 252 });
                return await client.ReadToEndAsync();
            }
        },
        {
            "FIN in the handshake", "FIN, then h2, complaints: []", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                var client = await site.ConnectAsync();
                await client.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 252 });
                client.CompleteWrites();
                var end = await client.ReadToEndAsync();
                await using var tls = await HandshakeAsync(site, SslApplicationProtocol.Http2);
                return $"{end}, then {tls.NegotiatedApplicationProtocol}, complaints: [{site.Complaints}]";
            }
        },
        {
            "RST in the handshake", "then h2, complaints: []", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                var client = await site.ConnectAsync();
                await client.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 252 });
                client.Abort();
                await Until.TrueAsync(() => site.HasEnded(connections: 1));
                await using var tls = await HandshakeAsync(site, SslApplicationProtocol.Http2);
                return $"then {tls.NegotiatedApplicationProtocol}, complaints: [{site.Complaints}]";
            }
        },
        {
            "plain HTTP to a TLS endpoint", "FIN", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                var client = await site.ConnectAsync();
                await client.GetAsync();
                return await client.ReadToEndAsync();
            }
        },
        {
            "TLS to a plain endpoint", "AuthenticationException", async transport =>
            {
                await using var site = await transport.ServeAsync(DescribeAsync);
                return await Outcome.OfAsync(HandshakeAsync(site));
            }
        },
        {
            "an optional client certificate that is there", "CN=client", async transport =>
            {
                await using var site = await ServeAsync(transport, NameClientAsync, AllowCertificate);
                using var client = CreateClient(
                    site, HttpVersion.Version11, ssl => ssl.ClientCertificates = [Certificates.Client]);
                return await client.GetStringAsync("").OrFail();
            }
        },
        {
            "an optional client certificate that is not there", "nobody", async transport =>
            {
                await using var site = await ServeAsync(transport, NameClientAsync, AllowCertificate);
                using var client = CreateClient(site, HttpVersion.Version11);
                return await client.GetStringAsync("").OrFail();
            }
        },
        {
            "a client certificate that is refused", "fails", async transport =>
            {
                await using var site = await ServeAsync(transport, NameClientAsync, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.ClientCertificateValidation = (_, _, _) => false;
                });
                using var client = CreateClient(
                    site, HttpVersion.Version11, ssl => ssl.ClientCertificates = [Certificates.Client]);
                return await Outcome.OfAsync(client.GetStringAsync("")) is "CN=client" ? "succeeds" : "fails";
            }
        },
        {
            "a required client certificate that is not there", "fails", async transport =>
            {
                await using var site = await ServeAsync(
                    transport, NameClientAsync,
                    https => https.ClientCertificateMode = ClientCertificateMode.RequireCertificate);
                using var client = CreateClient(site, HttpVersion.Version11);
                return await Outcome.OfAsync(client.GetStringAsync("")) is "nobody" ? "succeeds" : "fails";
            }
        },
        {
            "a certificate by server name", "CN=client", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync, https =>
                    https.ServerCertificateSelector = (_, name) =>
                        name == "other.test" ? Certificates.Client : Certificates.Server);
                var client = await site.ConnectAsync();
                await using var tls = await HandshakeAsync(client, "other.test");
                return tls.RemoteCertificate!.Subject;
            }
        },
        {
            "a client that does not trust the server", "AuthenticationException, then h2", async transport =>
            {
                await using var site = await ServeAsync(transport, DescribeAsync);
                var client = await site.ConnectAsync();
                var tls = new SslStream(client.Stream, leaveInnerStreamOpen: false, (_, _, _, _) => false);
                var outcome = await Outcome.OfAsync(tls.AuthenticateAsClientAsync("usertcp.test"));
                await tls.DisposeAsync();
                await using var other = await HandshakeAsync(site, SslApplicationProtocol.Http2);
                return $"{outcome}, then {other.NegotiatedApplicationProtocol}";
            }
        },
        {
            "RST during a request over TLS", "aborted", async transport =>
            {
                var started = new Signal();
                var aborted = new Signal();
                await using var site = await ServeAsync(transport, async context =>
                {
                    await using var registration = context.RequestAborted.Register(aborted.Set);
                    started.Set();
                    await aborted.WaitAsync();
                });
                var client = await site.ConnectAsync();
                var tls = await HandshakeAsync(client);
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()).OrFail();
                await started.WaitAsync();
                client.Abort();
                await aborted.WaitAsync();
                return "aborted";
            }
        },
        {
            "the application aborts over TLS", "RST", async transport =>
            {
                await using var site = await ServeAsync(transport, context =>
                {
                    context.Abort();
                    return Task.CompletedTask;
                });
                var client = await site.ConnectAsync();
                var tls = await HandshakeAsync(client);
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()).OrFail();
                return await client.ReadEndAsync();
            }
        },
        {
            "stop closes an idle TLS connection", "0, FIN", async transport =>
            {
                await using var site = await ServeAsync(transport, _ => Task.CompletedTask);
                var client = await site.ConnectAsync();
                var tls = await HandshakeAsync(client);
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()).OrFail();
                await ReadAsync(tls, 12);
                var stopping = Task.Run(() => site.StopAsync());
                await tls.CopyToAsync(Stream.Null).OrFail();
                var end = await client.ReadToEndAsync();
                await stopping;
                return $"0, {end}";
            }
        },
        {
            "ten megabytes in both directions over TLS", "same", async transport =>
            {
                var data = RandomNumberGenerator.GetBytes(10 << 20);
                await using var site = await ServeAsync(transport, context =>
                {
                    context.Response.ContentLength = data.Length;
                    return context.Request.Body.CopyToAsync(context.Response.Body);
                });
                var connection = await site.ConnectAsync();
                var client = connection.Over(await HandshakeAsync(connection));
                await client.PostAsync(data.Length);
                var echo = await client.ExchangeAsync(data);
                return data.AsSpan().SequenceEqual(echo) ? "same" : "different";
            }
        },
    };

    private static Task<Site> ServeAsync(
        Transport transport, RequestDelegate application, Action<HttpsConnectionAdapterOptions>? configure = null) =>
        transport.ServeAsync(
            application,
            kestrel => kestrel.Limits.MinRequestBodyDataRate = null,
            listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = Certificates.Server;
                configure?.Invoke(https);
            }));

    private static Task DescribeAsync(HttpContext context)
    {
        var tls = context.Features.GetRequiredFeature<ITlsApplicationProtocolFeature>();
        return context.Response.WriteAsync(
            $"{context.Request.Scheme} {context.Request.Protocol} "
            + Encoding.ASCII.GetString(tls.ApplicationProtocol.Span));
    }

    private static Task NameClientAsync(HttpContext context) =>
        context.Response.WriteAsync(context.Connection.ClientCertificate?.Subject ?? "nobody");

    private static void AllowCertificate(HttpsConnectionAdapterOptions https)
    {
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (_, _, _) => true;
    }

    private static HttpClient CreateClient(
        Site site, Version version, Action<SslClientAuthenticationOptions>? configure = null) => site.CreateClient(
        version,
        handler =>
        {
            handler.SslOptions.RemoteCertificateValidationCallback = IsOurs;
            configure?.Invoke(handler.SslOptions);
        },
        "https");

    private static async Task<SslStream> HandshakeAsync(Site site, params SslApplicationProtocol[] protocols) =>
        await HandshakeAsync(await site.ConnectAsync(), "usertcp.test", protocols);

    private static async Task<SslStream> HandshakeAsync(
        Client client, string name = "usertcp.test", params SslApplicationProtocol[] protocols)
    {
        var tls = new SslStream(client.Stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols],
            RemoteCertificateValidationCallback = IsOurs,
        }).OrFail();
        return tls;
    }

    private static bool IsOurs(
        object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.GetCertHashString() is { } hash
        && (hash == Certificates.Server.GetCertHashString() || hash == Certificates.Client.GetCertHashString());

    private static async Task<string> ReadAsync(SslStream tls, int count)
    {
        var buffer = new byte[count];
        await tls.ReadExactlyAsync(buffer).OrFail();
        return Encoding.ASCII.GetString(buffer);
    }
}

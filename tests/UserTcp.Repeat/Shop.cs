using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Testing;

namespace UserTcp.Repeat;

/// <summary>A web application with TLS: pages of HTTP/1.1 and HTTP/2, and gRPC.</summary>
internal static class Shop
{
    public static async Task<IAsyncDisposable?> StartAsync(VirtualHost host)
    {
        var certificate = host.Network.GetCertificate(host.Name);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(host);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(443, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.HandshakeTimeout = TimeSpan.FromDays(1);
                https.OnAuthenticate = static (_, options) => options.AllowTlsResume = false;
            });
        }));
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<StockService>();
        app.MapGet("/items/{number:int}", async (int number, TimeProvider time) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5 + (number * 7 % 13)), time);
            return Results.Bytes(new byte[3000 + (number * 100)]);
        });
        await app.StartAsync();
        return app;
    }
}

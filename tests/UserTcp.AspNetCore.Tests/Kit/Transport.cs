using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting.Tests.Kit;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>One of the two transports that a case runs over: it starts sites.</summary>
internal sealed class Transport(IPAddress serverAddress, IPAddress clientAddress, Func<Task<ISiteNetwork>> open)
{
    /// <summary>Longer than any request takes that ends at all.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Kestrel's own transport, over loopback.</summary>
    public static Transport Sockets { get; } =
        new(IPAddress.Loopback, IPAddress.Loopback, () => Task.FromResult<ISiteNetwork>(new SocketNetwork()));

    /// <summary>This project's transport, over a link in memory.</summary>
    public static Transport Stack { get; } =
        new(StackNetwork.ServerIPv4, StackNetwork.ClientIPv4, async () => await StackNetwork.OpenAsync());

    public IPAddress ServerAddress => serverAddress;

    public IPAddress ClientAddress => clientAddress;

    /// <summary>Starts a site that serves every request with this application.</summary>
    public Task<Site> ServeAsync(
        RequestDelegate application, Action<KestrelServerOptions>? kestrel = null,
        Action<ListenOptions>? listen = null, Action<WebApplicationBuilder>? configure = null) =>
        StartAsync(app => app.Run(application), kestrel, listen, configure);

    /// <summary>Starts a site that speaks HTTP/2 alone, with prior knowledge.</summary>
    public Task<Site> ServeHttp2Async(RequestDelegate application, Action<KestrelServerOptions>? kestrel = null) =>
        ServeAsync(application, kestrel, listen => listen.Protocols = HttpProtocols.Http2);

    /// <summary>Starts a site whose connections are not HTTP.</summary>
    public Task<Site> ServeConnectionsAsync(ConnectionDelegate serve) =>
        StartAsync(_ => { }, listen: listen => listen.Use(_ => serve));

    /// <summary>Starts a site with a pipeline of its own.</summary>
    public async Task<Site> StartAsync(
        Action<WebApplication> map, Action<KestrelServerOptions>? kestrel = null,
        Action<ListenOptions>? listen = null, Action<WebApplicationBuilder>? configure = null)
    {
        var log = new LogBook();
        var network = await open();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.UseKestrel().ConfigureKestrel(options =>
        {
            options.Listen(serverAddress, 0, endPoint => listen?.Invoke(endPoint));
            kestrel?.Invoke(options);
        });
        network.Configure(builder);
        configure?.Invoke(builder);
        var application = builder.Build();
        map(application);
        try
        {
            await application.StartAsync();
        }
        catch
        {
            await application.DisposeAsync();
            await network.DisposeAsync();
            throw;
        }

        return new Site(network, application, log, serverAddress);
    }
}

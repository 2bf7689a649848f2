using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using UserTcp.Hosting;
using UserTcp.Testing;
using UserTcp.Testing.Http;
using UserTcp.Testing.Kestrel;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Lets Kestrel and HttpClient of an application run on a virtual network.</summary>
public static class VirtualNetworkHostingExtensions
{
    /// <summary>Kestrel refuses an infinite one at each handshake. No test lasts so long.</summary>
    private static readonly TimeSpan _never = TimeSpan.FromDays(30);

    /// <summary>
    /// Serves an application on a host of a virtual network, in the network's time: at <c>http://*:80</c> unless the
    /// application names other end points. Replaces the application's <see cref="TimeProvider"/>, and takes the real
    /// timers out of Kestrel and of the host. An application outside of the function of
    /// <see cref="VirtualHost.StartAsync"/> does not start again after a crash.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="host">The virtual host.</param>
    public static IWebHostBuilder UseVirtualNetwork(this IWebHostBuilder builder, VirtualHost host)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(host);
        if (string.IsNullOrEmpty(builder.GetSetting(WebHostDefaults.ServerUrlsKey)))
            builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://*:80");
        builder.ConfigureServices(services =>
        {
            services.AddVirtualHost(host);
            services.AddSingleton<IConnectionListenerFactory, NoSockets>();
            services.AddHostedService<VirtualKestrel>();
            services.Configure<KestrelServerOptions>(static options =>
                options.ConfigureHttpsDefaults(https => https.HandshakeTimeout = _never));
        });
        return builder.UseUserTcp();
    }

    /// <summary>As the other overload, for a host by name, which is added when it is new.</summary>
    public static IWebHostBuilder UseVirtualNetwork(
        this IWebHostBuilder builder, VirtualNetwork network, string host)
    {
        ArgumentNullException.ThrowIfNull(network);
        return builder.UseVirtualNetwork(network.GetOrAddHost(host));
    }

    /// <summary>As the other overload, for a web application.</summary>
    public static WebApplicationBuilder UseVirtualNetwork(
        this WebApplicationBuilder builder, VirtualHost host)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WebHost.UseVirtualNetwork(host);
        return builder;
    }

    /// <summary>As the other overload, for a web application.</summary>
    public static WebApplicationBuilder UseVirtualNetwork(
        this WebApplicationBuilder builder, VirtualNetwork network, string host)
    {
        ArgumentNullException.ThrowIfNull(network);
        return builder.UseVirtualNetwork(network.GetOrAddHost(host));
    }

    /// <summary>
    /// Lets a client of IHttpClientFactory connect from a virtual host. <paramref name="timeout"/> is in virtual time
    /// and replaces <see cref="System.Net.Http.HttpClient.Timeout"/>; 100 s by default.
    /// </summary>
    public static IHttpClientBuilder UseVirtualNetwork(
        this IHttpClientBuilder builder, VirtualHost host, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(host);
        return builder
            .ConfigureHttpClient(static client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(host.CreateHandler)
            // Outside of retries and the like, as HttpClient's own timeout.
            .ConfigureAdditionalHttpMessageHandlers(
                (handlers, _) => handlers.Insert(0, VirtualHttp.CreateTimeout(host, timeout)))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    /// <summary>The host's stack and time, and no timers of real time.</summary>
    private static void AddVirtualHost(this IServiceCollection services, VirtualHost host)
    {
        services.Replace(ServiceDescriptor.Singleton(host.Network.TimeProvider));
        services.AddSingleton(host);
        services.AddSingleton(host.Network);
        // As an instance: the container must not dispose of it.
        services.AddSingleton(host.Stack);
        services.AddSingleton<IUserTcpStackProvider>(new HostStackProvider(host));
        services.Configure<UserTcpOptions>(static options => options.ClaimWildcards = true);
        services.Configure<HostOptions>(static options =>
        {
            options.ShutdownTimeout = Timeout.InfiniteTimeSpan;
            options.StartupTimeout = Timeout.InfiniteTimeSpan;
        });
    }
}

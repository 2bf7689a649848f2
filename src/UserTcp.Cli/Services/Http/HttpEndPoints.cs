using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using UserTcp.Cli.Lab;
using UserTcp.Hosting;

namespace UserTcp.Cli.Services.Http;

/// <summary>Kestrel's end points on the stack: `http` (HTTP/1.1 and HTTP/2 by prior knowledge) and `https`.</summary>
internal static class HttpEndPoints
{
    /// <summary>Adds what the end points of the chosen services need. Comes after UseUserTcp: the last factory is asked
    /// first.</summary>
    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<PriorKnowledge>();
        services.AddSingleton(new HttpQuota(HttpLimits.MaxConnections));
        services.AddSingleton<IConnectionListenerFactory>(
            static provider => provider.GetRequiredService<PriorKnowledge>());
        services.AddSingleton(static provider => new SelfSignedCertificate(AddressesOf(provider)));
    }

    public static void Listen(KestrelServerOptions kestrel, IReadOnlyList<string> names)
    {
        var services = kestrel.ApplicationServices;
        if (names.Contains(ServiceCatalog.Http))
        {
            var choice = services.GetRequiredService<PriorKnowledge>();
            ListenOnStack(kestrel, ServiceCatalog.HttpPort, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                choice.AddTo(listen);
            });
            kestrel.Listen(choice.EndPoint, static listen => listen.Protocols = HttpProtocols.Http2);
        }

        if (names.Contains(ServiceCatalog.Https))
        {
            var certificate = services.GetRequiredService<SelfSignedCertificate>();
            ListenOnStack(kestrel, ServiceCatalog.HttpsPort, listen => listen.UseHttps(
                new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate.Value }));
        }
    }

    /// <summary>Adds the end points of the lab's page.</summary>
    public static void ListenForPage(KestrelServerOptions kestrel) =>
        ListenOnStack(kestrel, LabPage.Port, static listen => listen.Protocols = HttpProtocols.Http1);

    private static void ListenOnStack(KestrelServerOptions kestrel, int port, Action<ListenOptions> configure)
    {
        var quota = kestrel.ApplicationServices.GetRequiredService<HttpQuota>();
        foreach (var address in AddressesOf(kestrel.ApplicationServices))
        {
            kestrel.Listen(IPAddress.Parse(address), port, listen =>
            {
                // Before TLS: a handshake costs the most.
                quota.AddTo(listen);
                configure(listen);
            });
        }
    }

    private static IEnumerable<string> AddressesOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<UserTcpOptions>>().Value.Addresses;
}

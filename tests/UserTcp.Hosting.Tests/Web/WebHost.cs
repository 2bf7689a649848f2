using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>
/// An application whose Kestrel serves on the stack: HTTP/1.1 on 80, HTTP/2 on 81, both over TLS on 443.
/// </summary>
internal sealed class WebHost : IAsyncDisposable
{
    private WebHost(Network network, WebApplication application)
    {
        Network = network;
        Application = application;
    }

    public Network Network { get; }

    public WebApplication Application { get; }

    /// <summary>A self-signed certificate for these tests, created on first use.</summary>
    public static X509Certificate2 Certificate { get; } = MakeCertificate();

    public static async Task<WebHost> StartAsync(
        Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null)
    {
        var network = await Network.CreateAsync();
        var application = Build(network, configure ?? Listen);
        map(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebHost(network, application);
    }

    public static WebApplication Build(Network network, Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.Services.AddRouting();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddUserTcp(null, network.Open);
        builder.WebHost.UseUserTcp();
        configure(builder);
        return builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await Application.StopAsync();
        await Application.DisposeAsync();
        await Network.DisposeAsync();
    }

    private static void Listen(WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Listen(Network.HostIPv4, 80);
        kestrel.Listen(Network.HostIPv6, 80);
        kestrel.Listen(Network.HostIPv4, 81, listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.Listen(Network.HostIPv4, 443, listen => listen.UseHttps(Certificate));
    });

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=usertcp.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("usertcp.test");
        names.AddIpAddress(Network.HostIPv4);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

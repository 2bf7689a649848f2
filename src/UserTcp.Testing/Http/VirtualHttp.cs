using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Testing.Tls;

namespace UserTcp.Testing.Http;

/// <summary>HttpClient over a virtual host, without a timer of real time.</summary>
internal static class VirtualHttp
{
    /// <summary>The default of <see cref="HttpClient.Timeout"/>.</summary>
    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromSeconds(100);

    public static HttpClient CreateClient(VirtualHost host, TimeSpan? timeout) =>
        new(CreateTimedHandler(host, timeout)) { Timeout = Timeout.InfiniteTimeSpan };

    public static DelegatingHandler CreateTimeout(VirtualHost host, TimeSpan? timeout) =>
        new VirtualTimeoutHandler(host.Network.TimeProvider, timeout ?? _defaultTimeout);

    public static SocketsHttpHandler CreateHandler(VirtualHost host) => new SocketsHttpHandler
    {
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        ResponseDrainTimeout = Timeout.InfiniteTimeSpan,
        Expect100ContinueTimeout = TimeSpan.Zero,
        // Trace ids are random.
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        SslOptions =
        {
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(host, certificate, errors),
        },
    }.UseUserTcp(_ => ValueTask.FromResult(host.Stack));

    private static DelegatingHandler CreateTimedHandler(VirtualHost host, TimeSpan? timeout)
    {
        var handler = CreateTimeout(host, timeout);
        handler.InnerHandler = CreateHandler(host);
        return handler;
    }

    /// <summary>Trusts the authority of virtual networks besides those of the system.</summary>
    private static bool IsTrusted(VirtualHost host, X509Certificate? certificate, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None
        || (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 known
            && VirtualCertificates.IsTrusted(known, host.Network.TimeProvider.GetUtcNow().UtcDateTime));
}

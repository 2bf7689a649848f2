using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Cli.Services.Http;

/// <summary>
/// The certificate of `https`, for the stack's addresses. It is made at the first handshake, with a key that never
/// leaves the process, so each run has another one. A new one follows before it expires.
/// </summary>
internal sealed class SelfSignedCertificate(IEnumerable<string> addresses, TimeProvider? time = null) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>For clients whose clock is behind.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    /// <summary>A certificate that expires sooner is replaced.</summary>
    private static readonly TimeSpan MinLeft = TimeSpan.FromDays(1);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private X509Certificate2? _certificate;

    public X509Certificate2 Value
    {
        get
        {
            lock (_lock)
            {
                var now = _time.GetUtcNow();
                // Handshakes may still use the old one: it is not disposed of here.
                if (_certificate is null || _certificate.NotAfter.ToUniversalTime() - now.UtcDateTime < MinLeft)
                    _certificate = Create(addresses, now);
                return _certificate;
            }
        }
    }

    public void Dispose() => _certificate?.Dispose();

    private static X509Certificate2 Create(IEnumerable<string> addresses, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=UserTcp", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses)
            names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1", "Server Authentication")], critical: false));
        return request.CreateSelfSigned(now - ClockSkew, now + Lifetime);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>Self-signed certificates, created on first use.</summary>
internal static class Certificates
{
    public static X509Certificate2 Server { get; } = Create("CN=usertcp.test");

    public static X509Certificate2 Client { get; } = Create("CN=client");

    private static X509Certificate2 Create(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

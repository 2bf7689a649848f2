using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Testing.Tls;

/// <summary>
/// Certificates of virtual networks, all from one authority of this process. RSA keys and serial numbers of a fixed
/// length make them the same size in each process, so that only the bytes of a handshake differ, and not its segments.
/// </summary>
internal static class VirtualCertificates
{
    private const int KeyBits = 2048;

    private static readonly DateTimeOffset _begin = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _end = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] _authoritySerial = [1, 0, 0, 1];
    private static readonly byte[] _serial = [1, 0, 0, 2];
    private static readonly Lazy<X509Certificate2> _authority = new(CreateAuthority);
    private static readonly ConcurrentDictionary<string, X509Certificate2> _issued = new(StringComparer.Ordinal);

    /// <summary>Creates the authority, if this process has none.</summary>
    public static void CreateAuthorityOnce() => _ = _authority.Value;

    /// <summary>A server's certificate for "api" and "api.test", from an earlier network if there is one.</summary>
    public static X509Certificate2 GetOrCreate(string name) => _issued.GetOrAdd(name, Create);

    /// <summary>As <see cref="GetOrCreate"/>, but always a new one.</summary>
    public static X509Certificate2 Create(string name)
    {
        using var key = RSA.Create(KeyBits);
        var request = CreateRequest(name, key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddDnsName(name + ".test");
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(_authority.Value, _begin, _end, _serial);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>True for a certificate of the authority that is valid at a time.</summary>
    public static bool IsTrusted(X509Certificate2 certificate, DateTime time)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time;
        chain.ChainPolicy.CustomTrustStore.Add(_authority.Value);
        return chain.Build(certificate);
    }

    private static X509Certificate2 CreateAuthority()
    {
        using var key = RSA.Create(KeyBits);
        var request = CreateRequest("UserTcp virtual network", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var bare = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), _begin, _end,
            _authoritySerial);
        return bare.CopyWithPrivateKey(key);
    }

    private static CertificateRequest CreateRequest(string name, RSA key) => new(
        new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}

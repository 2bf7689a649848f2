// TLS over the stack. SslStream takes the stream of a connection as it takes a NetworkStream. The server's certificate
// is self-signed, and the client trusts it and no other.
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp;

var endPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 443);
var (serverEnd, clientEnd) = InMemoryLink.CreatePair();
await using var server = await UserTcpStack.StartAsync(new() { Device = serverEnd, Addresses = [endPoint.Address] });
await using var client = await UserTcpStack.StartAsync(
    new() { Device = clientEnd, Addresses = [IPAddress.Parse("192.0.2.2")] });

using var certificate = CreateCertificate("server.example");
await using var listener = await server.ListenAsync(endPoint);
var greeting = GreetAsync(listener, certificate);

await using var connection = await client.ConnectAsync(endPoint);
await using var tls = new SslStream(connection.GetStream());
await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
{
    TargetHost = "server.example",
    CertificateChainPolicy = new X509ChainPolicy
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { certificate },
        RevocationMode = X509RevocationMode.NoCheck,
    },
});
using var reader = new StreamReader(tls);
Console.WriteLine($"{await reader.ReadLineAsync()}, over {tls.SslProtocol} to {connection.RemoteEndPoint}");
await greeting;

static async Task GreetAsync(UserTcpListener listener, X509Certificate2 certificate)
{
    await using var connection = await listener.AcceptConnectionAsync();
    await using var tls = new SslStream(connection.GetStream());
    await tls.AuthenticateAsServerAsync(certificate);
    await tls.WriteAsync("Hello in secret\n"u8.ToArray());
    await tls.ShutdownAsync();
}

static X509Certificate2 CreateCertificate(string host)
{
    using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
    var names = new SubjectAlternativeNameBuilder();
    names.AddDnsName(host);
    request.CertificateExtensions.Add(names.Build());
    return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
}

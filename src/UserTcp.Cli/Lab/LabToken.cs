using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace UserTcp.Cli.Lab;

/// <summary>
/// The secret in the address of the lab's page. Any host that reaches the stack gets the page; only requests with the
/// secret show or change anything.
/// </summary>
internal sealed class LabToken
{
    private const string Scheme = "Bearer ";
    private const int Digits = 32;

    private readonly byte[] _header;

    public LabToken()
    {
        Value = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        _header = Encoding.ASCII.GetBytes(Scheme + Value);
    }

    /// <summary>128 random bits as hexadecimal digits. It is the fragment of the page's address.</summary>
    public string Value { get; }

    /// <summary>True for a request with the secret (RFC 6750 section 2.1). Takes the same time for any other.</summary>
    public bool IsIn(HttpRequest request) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), _header);
}

using System.Buffers.Binary;

namespace UserTcp.Engine.Security;

/// <summary>
/// The secrets of an engine, one for each use so that what one use gives away says nothing of another. They are injected:
/// from a cryptographic source in production, fixed in a test.
/// </summary>
/// <param name="InitialSequenceNumber">Keys the PRF of RFC 6528.</param>
/// <param name="Table">Keys the hash of the connection table, so that nobody can aim at one bucket.</param>
/// <param name="Ports">Keys the ephemeral ports of RFC 6056.</param>
/// <param name="RateLimit">Keys the buckets of the ICMP rate limit.</param>
/// <param name="FastOpen">Keys the cookies of Fast Open (RFC 7413 section 4.1.2).</param>
/// <param name="Timestamps">Keys where each connection's timestamp clock starts (RFC 7323 section 7.1).</param>
/// <param name="SynCookies">Keys SYN cookies (RFC 4987 section 3.6).</param>
public sealed record EngineKeys(SipKey InitialSequenceNumber, SipKey Table, SipKey Ports, SipKey RateLimit, SipKey Timestamps, SipKey FastOpen,
    SipKey SynCookies)
{
    /// <summary>Octets of secret that <see cref="FromSecret"/> needs.</summary>
    public const int SecretLength = 7 * 16;

    /// <summary>Keys from <see cref="SecretLength"/> octets of a secret, which must come from a cryptographic source.</summary>
    public static EngineKeys FromSecret(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The secret must have {SecretLength} octets.", nameof(secret));
        return new EngineKeys(ReadKey(secret, 0), ReadKey(secret, 1), ReadKey(secret, 2), ReadKey(secret, 3), ReadKey(secret, 4),
            ReadKey(secret, 5), ReadKey(secret, 6));
    }

    private static SipKey ReadKey(ReadOnlySpan<byte> secret, int index)
    {
        var octets = secret[(index * 16)..];
        return new SipKey(BinaryPrimitives.ReadUInt64LittleEndian(octets), BinaryPrimitives.ReadUInt64LittleEndian(octets[8..]));
    }

    /// <summary>Does not print the secrets.</summary>
    public override string ToString() => nameof(EngineKeys);
}

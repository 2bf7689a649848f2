using System.Buffers.Binary;

namespace UserTcp.Engine.Security;

/// <summary>
/// The secret keys of an engine, one per use, so that a leak through one use reveals no other key. They are injected:
/// from a cryptographic source in production, fixed in a test.
/// </summary>
/// <param name="InitialSequenceNumber">Keys the PRF of RFC 6528.</param>
/// <param name="Table">Keys the hash of the connection table, so that an attacker cannot target one bucket.</param>
/// <param name="Ports">Keys the ephemeral ports of RFC 6056.</param>
/// <param name="RateLimit">Keys the buckets of the ICMP rate limit.</param>
/// <param name="FastOpen">Keys Fast Open cookies (RFC 7413 section 4.1.2).</param>
/// <param name="Timestamps">Keys the timestamp offset of each connection (RFC 7323 section 7.1).</param>
/// <param name="SynCookies">Keys SYN cookies (RFC 4987 section 3.6).</param>
public sealed record EngineKeys(
    SipKey InitialSequenceNumber, SipKey Table, SipKey Ports, SipKey RateLimit, SipKey Timestamps, SipKey FastOpen,
    SipKey SynCookies)
{
    /// <summary>Bytes of secret that <see cref="FromSecret"/> needs.</summary>
    public const int SecretLength = 7 * 16;

    /// <summary>
    /// Keys from <see cref="SecretLength"/> bytes of a secret, which must come from a cryptographic source.
    /// </summary>
    public static EngineKeys FromSecret(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretLength)
            throw new ArgumentException($"The secret must have {SecretLength} bytes.", nameof(secret));
        return new EngineKeys(
            ReadKey(secret, 0), ReadKey(secret, 1), ReadKey(secret, 2), ReadKey(secret, 3), ReadKey(secret, 4),
            ReadKey(secret, 5), ReadKey(secret, 6));
    }

    /// <summary>Writes the bytes from which <see cref="FromSecret"/> makes these keys.</summary>
    public void CopyTo(Span<byte> secret)
    {
        ReadOnlySpan<SipKey> keys =
            [InitialSequenceNumber, Table, Ports, RateLimit, Timestamps, FastOpen, SynCookies];
        for (var i = 0; i < keys.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(secret[(i * 16)..], keys[i].K0);
            BinaryPrimitives.WriteUInt64LittleEndian(secret[((i * 16) + 8)..], keys[i].K1);
        }
    }

    private static SipKey ReadKey(ReadOnlySpan<byte> secret, int index)
    {
        var bytes = secret[(index * 16)..];
        return new SipKey(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }

    /// <summary>Does not print the secrets.</summary>
    public override string ToString() => nameof(EngineKeys);
}

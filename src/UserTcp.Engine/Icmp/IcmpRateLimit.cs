using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Icmp;

/// <summary>
/// A budget of ICMP errors per second for each of a fixed number of keyed hash values of the address they go to: bounded memory,
/// and no budget that one host could use to learn about another (RFC 4443 section 2.4 f).
/// </summary>
internal sealed class IcmpRateLimit(SipKey key, int perSecond)
{
    private const int BucketCount = 256;

    private readonly Bucket[] _buckets = new Bucket[BucketCount];

    public bool TryConsume(IpAddress address, MonotonicTime now)
    {
        Span<byte> octets = stackalloc byte[16];
        ref var bucket = ref _buckets[SipHash24.Hash(key, octets[..address.Write(octets)]) % BucketCount];
        if (bucket.Since == MonotonicTime.Zero || now - bucket.Since >= TimeSpan.FromSeconds(1))
            bucket = new Bucket(now, 0);
        if (bucket.Consumed >= perSecond)
            return false;
        bucket = bucket with { Consumed = bucket.Consumed + 1 };
        return true;
    }

    private readonly record struct Bucket(MonotonicTime Since, int Consumed);
}

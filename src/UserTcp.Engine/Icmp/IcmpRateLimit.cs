using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Icmp;

/// <summary>
/// A budget of ICMP errors per second and destination, over a fixed number of keyed hash buckets. Memory is bounded,
/// and one host cannot learn about another from its budget (RFC 4443 section 2.4 f).
/// </summary>
internal sealed class IcmpRateLimit(SipKey key, int perSecond)
{
    private const int BucketCount = 256;

    private readonly Bucket[] _buckets = new Bucket[BucketCount];

    public bool TryConsume(IpAddress address, MonotonicTime now)
    {
        Span<byte> bytes = stackalloc byte[16];
        ref var bucket = ref _buckets[SipHash24.Hash(key, bytes[..address.Write(bytes)]) % BucketCount];
        if (bucket.Since == MonotonicTime.Zero || now - bucket.Since >= TimeSpan.FromSeconds(1))
            bucket = new Bucket(now, 0);
        if (bucket.Consumed >= perSecond)
            return false;
        bucket = bucket with { Consumed = bucket.Consumed + 1 };
        return true;
    }

    private readonly record struct Bucket(MonotonicTime Since, int Consumed);
}

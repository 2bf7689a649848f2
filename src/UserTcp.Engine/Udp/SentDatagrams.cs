using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>
/// The datagrams that an endpoint has sent last, as far as an ICMP error needs them. An error counts only when it
/// quotes one of them: both ends, length and checksum. An attacker off the path does not know the checksum, so it
/// cannot forge an error (the idea of RFC 5927 section 4.1). A later datagram takes the place of an earlier one.
/// </summary>
internal sealed class SentDatagrams
{
    private const int Count = 256;

    // Created by the first datagram: an endpoint that only receives takes no memory for it.
    private ulong[]? _digests;

    /// <summary>Records a datagram.</summary>
    public void Add(SipKey key, in QuotedDatagram datagram)
    {
        var digest = DigestOf(key, datagram);
        (_digests ??= new ulong[Count])[digest % Count] = digest;
    }

    /// <summary>True when such a datagram was sent lately.</summary>
    public bool Contains(SipKey key, in QuotedDatagram datagram)
    {
        var digest = DigestOf(key, datagram);
        return _digests is { } digests && digests[digest % Count] == digest;
    }

    /// <summary>Keyed, so that nobody chooses which datagrams displace each other. The endpoint is one end.</summary>
    private static ulong DigestOf(SipKey key, in QuotedDatagram datagram)
    {
        var rest = ((ulong)datagram.Tuple.RemotePort.Value << 32) | ((ulong)datagram.Length << 16) | datagram.Checksum;
        return SipHash24.Hash(key, datagram.Tuple.RemoteAddress.High, datagram.Tuple.RemoteAddress.Low, rest);
    }
}

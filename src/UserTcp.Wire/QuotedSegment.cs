using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// The TCP segment that an ICMP error quotes (RFC 792, RFC 1122 section 3.2.2, RFC 4443 section 2.4 c).
/// </summary>
/// <param name="Tuple">The connection; the local side is the segment's source, since this host sent it.</param>
/// <param name="Seq">Its sequence number.</param>
/// <param name="Protocol">Its protocol: TCP.</param>
public readonly record struct QuotedSegment(FourTuple Tuple, SeqNum Seq, IpProtocol Protocol)
{
    /// <summary>
    /// Parses a quote. It may end eight octets into the TCP header, and its length fields are ignored. False when it is
    /// too short, a later fragment, or not TCP.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> quoted, bool isIPv4, out QuotedSegment segment)
    {
        segment = default;
        if (!QuotedPacket.TryParse(quoted, isIPv4, IpProtocol.Tcp, out var tuple, out var start))
            return false;
        var seq = new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(start[4..]));
        segment = new QuotedSegment(tuple, seq, IpProtocol.Tcp);
        return true;
    }
}

using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// Cuts a frame with the data of several segments into frames of one segment and completes their checksums, as a link
/// with <see cref="LinkProperties.SegmentationOffload"/> does: for links that only claim to.
/// </summary>
/// <param name="frame">The frame in one piece.</param>
/// <param name="headerLength">Bytes of its IP and TCP headers.</param>
/// <param name="segmentSize">
/// Bytes of data in each segment but the last; <see cref="int.MaxValue"/> only completes the checksum.
/// </param>
/// <param name="done">Bytes of data that an earlier cutter has written, where a frame is cut in several calls.</param>
public ref struct SegmentCutter(ReadOnlySpan<byte> frame, int headerLength, int segmentSize, int done = 0)
{
    private readonly ReadOnlySpan<byte> _headers = frame[..headerLength];
    private readonly ReadOnlySpan<byte> _payload = frame[headerLength..];
    private int _done = done;
    private bool _isStarted;

    /// <summary>Bytes of data that have been written.</summary>
    public readonly int Done => _done;

    /// <summary>Writes the next segment and returns its length; 0 when there is none left.</summary>
    public int Next(Span<byte> destination)
    {
        var payload = _payload[_done..];
        if (payload.IsEmpty && _isStarted)
            return 0;
        _isStarted = true;
        payload = payload[..Math.Min(segmentSize, payload.Length)];
        _headers.CopyTo(destination);
        payload.CopyTo(destination[_headers.Length..]);
        destination = destination[..(_headers.Length + payload.Length)];
        var isLast = _done + payload.Length == _payload.Length;
        var ipLength = PatchIp(destination);
        PatchTcp(destination[ipLength..], isLast);
        PutChecksum(destination, ipLength);
        _done += payload.Length;
        return destination.Length;
    }

    private static int PatchIp(Span<byte> packet)
    {
        if (packet[0] >> 4 == 6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - IpHeader.IPv6Length));
            return IpHeader.IPv6Length;
        }

        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..IpHeader.IPv4Length]));
        return IpHeader.IPv4Length;
    }

    /// <summary>
    /// SEG.SEQ advances with the data; FIN and PSH belong to its end, CWR to its start (RFC 3168 section 6.1.2).
    /// </summary>
    private readonly void PatchTcp(Span<byte> segment, bool isLast)
    {
        var seq = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], unchecked(seq + (uint)_done));
        if (_done > 0)
            segment[13] &= unchecked((byte)~TcpFlags.Cwr);
        if (!isLast)
            segment[13] &= unchecked((byte)~(TcpFlags.Fin | TcpFlags.Psh));
    }

    private static void PutChecksum(Span<byte> packet, int ipLength)
    {
        var isIPv4 = ipLength == IpHeader.IPv4Length;
        var source = isIPv4 ? IpAddress.ReadIPv4(packet[12..]) : IpAddress.ReadIPv6(packet[8..]);
        var destination = isIPv4 ? IpAddress.ReadIPv4(packet[16..]) : IpAddress.ReadIPv6(packet[24..]);
        var segment = packet[ipLength..];
        TcpHeader.WriteChecksum(segment, 0);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, segment.Length);
        sum.Add(segment);
        TcpHeader.WriteChecksum(segment, sum.Finish());
    }
}

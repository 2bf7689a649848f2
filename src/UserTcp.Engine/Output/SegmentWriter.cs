using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>Writes the IP and TCP headers of one segment (RFC 9293 section 3.1), checksum included (MUST-2).</summary>
internal sealed class SegmentWriter(EngineOptions options, LinkProperties link)
{
    /// <summary>
    /// Writes the headers of a segment with the given data and returns their length; <paramref name="ecn"/> is ECT(0),
    /// or 0.
    /// </summary>
    public int Write(
        Span<byte> headers, in FourTuple tuple, in TcpHeader header, in TcpOptions tcpOptions, DataSlice payload,
        ConnectionOptions connection, byte ecn = 0)
    {
        var ipLength = IpHeader.LengthFor(tuple.LocalAddress);
        var tcp = headers[ipLength..];
        var tcpLength = header.Write(tcp, tcpOptions);
        tcp = tcp[..tcpLength];
        WriteIp(headers, tuple, IpProtocol.Tcp, tcpLength + payload.Length, connection, ecn);
        TcpHeader.WriteChecksum(
            tcp,
            link.ChecksumOffload ? PseudoHeaderSum(tuple, tcpLength + payload.Length) : Checksum(tuple, tcp, payload));
        return ipLength + tcpLength;
    }

    /// <summary>Writes an IP header from our end of the tuple to the peer's, and returns its length.</summary>
    public int WriteIp(
        Span<byte> headers, in FourTuple tuple, IpProtocol protocol, int payloadLength,
        ConnectionOptions connection, byte ecn = 0) =>
        IpHeader.Write(
            headers, tuple.LocalAddress, tuple.RemoteAddress, protocol, payloadLength,
            connection.HopLimit ?? (byte)options.HopLimit, (byte)(connection.TrafficClass | ecn));

    /// <summary>The sum of the pseudo-header, from which a link completes the checksum.</summary>
    private static ushort PseudoHeaderSum(in FourTuple tuple, int length)
    {
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(tuple.LocalAddress, tuple.RemoteAddress, IpProtocol.Tcp, length);
        return unchecked((ushort)~sum.Finish());
    }

    private static ushort Checksum(in FourTuple tuple, ReadOnlySpan<byte> tcpHeader, DataSlice payload)
    {
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(tuple.LocalAddress, tuple.RemoteAddress, IpProtocol.Tcp, tcpHeader.Length + payload.Length);
        sum.Add(tcpHeader);
        foreach (var piece in payload)
            sum.Add(piece);
        return sum.Finish();
    }
}

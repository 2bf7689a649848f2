using System.Buffers.Binary;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// The next UDP datagram (RFC 768). Its checksum is always complete, also on a link that completes those of TCP: an
/// ICMP error is checked against it.
/// </summary>
internal sealed class DatagramWriter(EngineState engine, SegmentWriter writer)
{
    /// <summary>Builds the headers of the oldest datagram. False when there is none.</summary>
    /// <param name="headers">Where they are written.</param>
    /// <param name="emission">The frame.</param>
    /// <param name="data">The block of its data, which the caller owns.</param>
    public bool TryBuild(Span<byte> headers, out Emission emission, out Block? data)
    {
        emission = default;
        data = null;
        if (!engine.Datagrams.TryDequeue(out var entry, out var hasRoom))
            return false;
        if (hasRoom)
            engine.Events.Raise(entry.Endpoint, EngineEvents.Writable);
        data = entry.Data;
        var tuple = entry.Tuple;
        var length = UdpHeader.Length + data.Length;
        var ipLength = writer.WriteIp(headers, tuple, IpProtocol.Udp, length, ConnectionOptions.Default);
        var header = headers.Slice(ipLength, UdpHeader.Length);
        UdpHeader.Write(header, tuple.LocalPort, tuple.RemotePort, data.Length);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(tuple.LocalAddress, tuple.RemoteAddress, IpProtocol.Udp, length);
        sum.Add(header);
        sum.Add(data.Content);
        UdpHeader.WriteChecksum(header, sum.Finish());
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        entry.Endpoint.Sent.Add(engine.Keys.Table, new QuotedDatagram(tuple, (ushort)length, checksum));
        engine.Counters.Add(Counter.UdpOutDatagrams);
        emission = new Emission(headers[..(ipLength + UdpHeader.Length)], new DataSlice(data, 0, data.Length))
        {
            IsLooped = engine.Addresses.Contains(tuple.RemoteAddress),
        };
        return true;
    }
}

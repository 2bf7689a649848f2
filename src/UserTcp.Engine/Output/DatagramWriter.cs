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
internal sealed class DatagramWriter(EngineState engine, SegmentWriter writer, FragmentCutter fragments)
{
    /// <summary>
    /// Builds the headers of the oldest datagram, or of its first fragment. False when there is none.
    /// </summary>
    /// <param name="headers">Where they are written.</param>
    /// <param name="now">The time.</param>
    /// <param name="emission">The frame.</param>
    /// <param name="data">The block of its data, which the caller owns; null while fragments of it follow.</param>
    public bool TryBuild(Span<byte> headers, MonotonicTime now, out Emission emission, out Block? data)
    {
        emission = default;
        data = null;
        if (!engine.Datagrams.TryDequeue(out var entry, out var hasRoom))
            return false;
        if (hasRoom)
            engine.Events.Raise(entry.Endpoint, EngineEvents.Writable);
        var tuple = entry.Tuple;
        var length = UdpHeader.Length + entry.Data.Length;
        var ipLength = IpHeader.LengthFor(tuple.LocalAddress);
        var header = headers.Slice(ipLength, UdpHeader.Length);
        WriteHeader(header, tuple, entry.Data);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        entry.Endpoint.Sent.Add(engine.Keys.Table, new QuotedDatagram(tuple, (ushort)length, checksum));
        engine.Counters.Add(Counter.UdpOutDatagrams);
        var mtu = engine.UdpPathMtus.Get(tuple.RemoteAddress, engine.Link.Mtu, now);
        if (ipLength + length > mtu)
        {
            fragments.Begin(tuple, IpProtocol.Udp, header, entry.Data, mtu);
            emission = fragments.Next(headers, out data);
            return true;
        }

        data = entry.Data;
        writer.WriteIp(headers, tuple, IpProtocol.Udp, length, ConnectionOptions.Default);
        emission = new Emission(headers[..(ipLength + UdpHeader.Length)], new DataSlice(data, 0, data.Length))
        {
            IsLooped = engine.Addresses.Contains(tuple.RemoteAddress),
        };
        return true;
    }

    private static void WriteHeader(Span<byte> header, in FourTuple tuple, Block data)
    {
        UdpHeader.Write(header, tuple.LocalPort, tuple.RemotePort, data.Length);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(
            tuple.LocalAddress, tuple.RemoteAddress, IpProtocol.Udp, UdpHeader.Length + data.Length);
        sum.Add(header);
        sum.Add(data.Content);
        UdpHeader.WriteChecksum(header, sum.Finish());
    }
}

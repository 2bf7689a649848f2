using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

public class IpHeaderTests
{
    private const int LargestIPv4Payload = 0xFFFF - IpHeader.IPv4Length;

    [Fact]
    [Trait("RFC", "791 section 3.1")]
    [Trait("RFC", "8200 section 3")]
    public void Written_fields_are_read_back() =>
        Generators.ForAll(
            from addresses in Generators.Addresses
            from protocol in Gen.Elements(IpProtocol.Tcp, IpProtocol.Icmp, IpProtocol.IcmpV6, IpProtocol.Udp)
            from payload in Generators.Bytes(60)
            from hopLimit in Generators.Octet
            from trafficClass in Generators.Octet
            select (addresses, protocol, payload, hopLimit, trafficClass),
            sample =>
            {
                var (source, destination) = sample.addresses;
                var frame = new byte[IpHeader.LengthFor(source) + sample.payload.Length];
                frame.AsSpan().Fill(0xA5);
                var length = IpHeader.Write(
                    frame, source, destination, sample.protocol, sample.payload.Length,
                    sample.hopLimit, sample.trafficClass);
                sample.payload.CopyTo(frame.AsSpan(length));

                Assert.Equal(source.IsIPv4 ? 20 : 40, length);
                Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _));
                Assert.Equal((source, destination), (packet.Source, packet.Destination));
                Assert.Equal(sample.protocol, packet.Protocol);
                Assert.Equal((sample.hopLimit, sample.trafficClass), (packet.HopLimit, packet.TrafficClass));
                Assert.Equal(sample.payload, packet.Payload.ToArray());
                if (source.IsIPv4)
                    Assert.Equal(0, NaiveChecksum.Of(frame.AsSpan(0, length)));
            },
            times: 1_000);

    [Fact]
    [Trait("RFC", "6864 section 4.1")]
    public void IPv4_packets_are_atomic()
    {
        Assert.True(IPv4Packet.TryParse(Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true)), out var packet));
        Assert.True(packet.DontFragment);
        Assert.False(packet.IsFragment);
        Assert.Equal(0, packet.Identification);
    }

    [Fact]
    public void The_max_payloads_have_their_lengths()
    {
        var header = new byte[IpHeader.IPv6Length];
        IpHeader.Write(header, Frames.V4A, Frames.V4B, IpProtocol.Tcp, LargestIPv4Payload, 64, 0);
        Assert.Equal(0xFFFF, BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)));
        IpHeader.Write(header, Frames.V6A, Frames.V6B, IpProtocol.Tcp, 0xFFFF, 64, 0);
        Assert.Equal(0xFFFF, BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)));
    }
}

namespace UserTcp.Wire.Tests;

/// <summary>Parsing of the datagram in an ICMP error.</summary>
[Trait("RFC", "1122 section 4.1.3.3")]
public class QuotedDatagramTests
{
    [Theory]
    [InlineData(true, 28)]
    [InlineData(false, 48)]
    public void The_UDP_header_is_enough_and_an_octet_less_is_not(bool isIPv4, int min)
    {
        var packet = Quote(isIPv4);
        for (var length = 0; length <= packet.Length; length++)
        {
            Assert.Equal(
                length >= min, QuotedDatagram.TryParse(packet.AsSpan(0, length).ToArray(), isIPv4, out var quoted));
            Assert.Equal(length >= min ? Expected(isIPv4, packet) : default, quoted);
        }
    }

    [Fact]
    public void IPv4_options_move_the_datagram()
    {
        var packet = Frames.IPv4(IpProtocol.Udp, Frames.Udp(true), 1, 1, 1, 0);

        Assert.False(QuotedDatagram.TryParse(packet.AsSpan(0, 31), isIPv4: true, out _));
        Assert.True(QuotedDatagram.TryParse(packet.AsSpan(0, 32), isIPv4: true, out var quoted));

        Assert.Equal(Expected(isIPv4: true, Quote(isIPv4: true)), quoted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_family_or_protocol_or_a_later_fragment_is_refused(bool isIPv4)
    {
        var packet = Quote(isIPv4);
        Assert.False(QuotedDatagram.TryParse(packet, !isIPv4, out _));
        Assert.False(QuotedSegment.TryParse(packet, isIPv4, out _));
        for (var value = 0; value <= 255; value++)
        {
            var other = packet.ToArray();
            other[isIPv4 ? 9 : 6] = (byte)value;
            Assert.Equal(value == (int)IpProtocol.Udp, QuotedDatagram.TryParse(other, isIPv4, out _));
        }

        if (!isIPv4)
            return;
        packet[7] = 1;
        Assert.False(QuotedDatagram.TryParse(packet, isIPv4, out _));
    }

    private static byte[] Quote(bool isIPv4) =>
        isIPv4 ? Frames.IPv4(IpProtocol.Udp, Frames.Udp(true)) : Frames.IPv6(IpProtocol.Udp, Frames.Udp(false));

    private static QuotedDatagram Expected(bool isIPv4, byte[] packet)
    {
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(isIPv4 ? 26 : 46));
        return new QuotedDatagram(new FourTuple(source, new Port(40_000), destination, new Port(53)), 108, checksum);
    }
}

namespace UserTcp.Wire.Tests;

/// <summary>Parsing of the truncated packet in an ICMP error.</summary>
[Trait("RFC", "5927 section 4")]
public class QuotedSegmentTests
{
    [Theory]
    [InlineData(true, 28)]
    [InlineData(false, 48)]
    public void Eight_octets_of_the_segment_are_enough_and_seven_are_not(bool isIPv4, int min)
    {
        var packet = Quote(isIPv4);
        for (var length = 0; length <= packet.Length; length++)
        {
            Assert.Equal(
                length >= min, QuotedSegment.TryParse(packet.AsSpan(0, length).ToArray(), isIPv4, out var quoted));
            Assert.Equal(length >= min ? Expected(isIPv4) : default, quoted);
        }
    }

    [Fact]
    public void IPv4_options_move_the_segment()
    {
        for (var options = 0; options <= 40; options += 4)
        {
            var packet = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true), new byte[options]);
            for (var length = 0; length <= 80; length++)
            {
                Assert.Equal(
                    length >= 28 + options,
                    QuotedSegment.TryParse(packet.AsSpan(0, length).ToArray(), isIPv4: true, out var quoted));
                if (length >= 28 + options)
                    Assert.Equal(Expected(isIPv4: true), quoted);
            }
        }
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 4)]
    public void The_length_field_of_a_quote_is_ignored(bool isIPv4, int place)
    {
        var packet = Quote(isIPv4);
        foreach (var length in new ushort[] { 0, 1, 20, 0x7FFF, 0xFFFF })
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(place), length);
            Assert.True(QuotedSegment.TryParse(packet, isIPv4, out var quoted));
            Assert.Equal(Expected(isIPv4), quoted);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_version_protocol_or_header_length_is_refused(bool isIPv4)
    {
        var packet = Quote(isIPv4);
        Assert.False(QuotedSegment.TryParse(packet, !isIPv4, out _));
        for (var value = 0; value <= 255; value++)
        {
            var first = packet.ToArray();
            first[0] = (byte)value;
            Assert.Equal(
                isIPv4 ? value is >= 0x45 and <= 0x4F : value >> 4 == 6, QuotedSegment.TryParse(first, isIPv4, out _));

            var protocol = packet.ToArray();
            protocol[isIPv4 ? 9 : 6] = (byte)value;
            Assert.Equal(value == (int)IpProtocol.Tcp, QuotedSegment.TryParse(protocol, isIPv4, out _));
        }
    }

    [Fact]
    public void A_later_fragment_has_no_ports_and_a_first_one_has()
    {
        var packet = Quote(isIPv4: true);
        packet[6] = 0x20;
        Assert.True(QuotedSegment.TryParse(packet, isIPv4: true, out _));
        packet[7] = 1;
        Assert.False(QuotedSegment.TryParse(packet, isIPv4: true, out _));
    }

    /// <summary>An ICMPv6 error must not reach a connection over IPv4.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    [Trait("RFC", "4942 section 2.2")]
    public void A_mapped_address_in_an_IPv6_quote_is_refused(int place)
    {
        var packet = Quote(isIPv4: false);
        packet.AsSpan(place, 10).Clear();
        packet[place + 10] = packet[place + 11] = 0xFF;
        Assert.False(QuotedSegment.TryParse(packet, isIPv4: false, out _));
    }

    private static byte[] Quote(bool isIPv4) =>
        isIPv4 ? Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true)) : Frames.IPv6(IpProtocol.Tcp, Frames.Tcp(false));

    private static QuotedSegment Expected(bool isIPv4)
    {
        var header = Frames.Header();
        var tuple = isIPv4
            ? new FourTuple(Frames.V4A, header.SourcePort, Frames.V4B, header.DestinationPort)
            : new FourTuple(Frames.V6A, header.SourcePort, Frames.V6B, header.DestinationPort);
        return new QuotedSegment(tuple, header.Seq, IpProtocol.Tcp);
    }
}

namespace UserTcp.Wire.Tests;

/// <summary>Parsing and writing of UDP datagrams.</summary>
[Trait("RFC", "768")]
public class UdpDatagramTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_fields_are_where_the_RFC_has_them(bool isIPv4)
    {
        var bytes = Frames.Udp(isIPv4, payload: 5);

        Assert.True(UdpDatagram.TryParse(bytes, out var datagram));

        Assert.Equal([0x9C, 0x40, 0, 53, 0, 13], bytes[..6]);
        Assert.Equal((new Port(40_000), new Port(53)), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal(Frames.Payload(5), datagram.Payload.ToArray());
        Assert.Equal(bytes, datagram.Bytes.ToArray());
        Assert.Equal(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)), datagram.ChecksumField);
        Assert.True(IsValid(bytes, isIPv4));
    }

    /// <summary>The length may be shorter than the payload of the packet, never longer.</summary>
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(7, 8, false)]
    [InlineData(7, 7, false)]
    [InlineData(8, 7, false)]
    [InlineData(8, 0, false)]
    [InlineData(8, 8, true)]
    [InlineData(8, 9, false)]
    [InlineData(20, 8, true)]
    [InlineData(20, 19, true)]
    [InlineData(20, 20, true)]
    [InlineData(20, 21, false)]
    [InlineData(20, 65_535, false)]
    [InlineData(65_535, 65_535, true)]
    public void A_length_is_from_the_header_to_the_payload(int payload, int length, bool isValid)
    {
        var bytes = new byte[payload];
        if (payload >= 6)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)length);

        Assert.Equal(isValid, UdpDatagram.TryParse(bytes, out var datagram));

        Assert.Equal(isValid ? length : 0, datagram.Bytes.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "8200 section 8.1")]
    public void Octets_behind_the_datagram_are_not_in_its_checksum(bool isIPv4)
    {
        byte[] bytes = [.. Frames.Udp(isIPv4), 1, 2, 3];

        Assert.True(IsValid(bytes, isIPv4));
        Assert.True(UdpDatagram.TryParse(bytes, out var datagram));
        Assert.Equal(100, datagram.Payload.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_flipped_bit_makes_the_checksum_wrong(bool isIPv4)
    {
        var bytes = Frames.Udp(isIPv4, payload: 11);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            // The length decides which octets there are.
            if (bit / 8 is 4 or 5)
                continue;
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsValid(bytes, isIPv4), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Addresses_are_in_the_checksum(bool isIPv4)
    {
        Assert.True(UdpDatagram.TryParse(Frames.Udp(isIPv4), out var datagram));
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);

        Assert.True(datagram.HasValidChecksum(source, destination));
        Assert.False(datagram.HasValidChecksum(source, source));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [Trait("RFC", "8200 section 8.1")]
    public void A_zero_checksum_is_none_over_IPv4_and_wrong_over_IPv6(bool isIPv4, bool isValid)
    {
        var bytes = Frames.Udp(isIPv4);
        bytes[6] = bytes[7] = 0;

        Assert.Equal(isValid, IsValid(bytes, isIPv4));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "8200 section 8.1")]
    public void A_computed_zero_is_sent_as_all_ones(bool isIPv4)
    {
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
        var bytes = new byte[UdpHeader.Length + 2];
        UdpHeader.Write(bytes, new Port(1), new Port(2), 2);
        // What the sum lacks to be all ones.
        var lack = NaiveChecksum.Of(source, destination, IpProtocol.Udp, bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(8), lack);
        Assert.Equal(0, NaiveChecksum.Of(source, destination, IpProtocol.Udp, bytes));

        UdpHeader.WriteChecksum(bytes, 0);

        Assert.Equal([0xFF, 0xFF], bytes[6..8]);
        Assert.True(IsValid(bytes, isIPv4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(UdpHeader.MaxPayload)]
    public void A_written_header_is_read_back(int payload)
    {
        var bytes = new byte[UdpHeader.Length + payload];
        bytes.AsSpan().Fill(0xEE);

        Assert.Equal(UdpHeader.Length, UdpHeader.Write(bytes, new Port(65_535), new Port(0), payload));

        Assert.True(UdpDatagram.TryParse(bytes, out var datagram));
        Assert.Equal(
            (new Port(65_535), new Port(0), (ushort)0, payload),
            (datagram.SourcePort, datagram.DestinationPort, datagram.ChecksumField, datagram.Payload.Length));
    }

    private static bool IsValid(byte[] bytes, bool isIPv4) =>
        UdpDatagram.TryParse(bytes, out var datagram)
        && (isIPv4
            ? datagram.HasValidChecksum(Frames.V4A, Frames.V4B)
            : datagram.HasValidChecksum(Frames.V6A, Frames.V6B));
}

namespace UserTcp.Wire.Tests;

public class IPv4PacketTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(40)]
    [Trait("RFC", "791 section 3.1")]
    public void Every_field_has_its_offset(int options)
    {
        byte[] frame = Frames.IPv4(IpProtocol.Udp, [9, 8, 7], new byte[options]);
        frame[1] = 0xB9;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), 0xBEEF);
        frame[8] = 17;

        Assert.True(IPv4Packet.TryParse(frame, out var packet));
        Assert.Equal(20 + options, packet.HeaderLength);
        Assert.Equal(0xB9, packet.TrafficClass);
        Assert.Equal(0xBEEF, packet.Identification);
        Assert.Equal(17, packet.HopLimit);
        Assert.Equal(IpProtocol.Udp, packet.Protocol);
        Assert.Equal(Frames.V4A, packet.Source);
        Assert.Equal(Frames.V4B, packet.Destination);
        Assert.Equal<byte>([9, 8, 7], packet.Payload.ToArray());
    }

    /// <summary>
    /// All corner cases of header length, total length and frame length, against a one-line reference.
    /// </summary>
    [Fact]
    [Trait("RFC", "1122 section 3.2.1")]
    public void Invalid_lengths_are_refused()
    {
        int[] totals = [0, 1, 19, 20, 21, 23, 24, 40, 59, 60, 61, 64, 99, 100, 101, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF];
        int[] reads = [0, 1, 19, 20, 21, 23, 24, 40, 59, 60, 61, 64, 100, 0xFFFF];
        foreach (var read in reads)
        {
            var frame = new byte[read];
            for (var ihl = 0; ihl <= 15; ihl++)
            {
                foreach (var total in totals)
                {
                    Put(frame, ihl, total);
                    var expected = ihl >= 5 && ihl * 4 <= total && total <= read;
                    Assert.True(
                        expected == IPv4Packet.TryParse(frame, out var packet),
                        $"IHL {ihl}, total length {total}, read {read}");
                    Assert.Equal(expected, Whole.Read(frame));
                    if (expected)
                        Assert.Equal(total, packet.Bytes.Length);
                }
            }
        }
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.1.1")]
    public void Versions_other_than_4_are_refused()
    {
        var frame = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true));
        for (var version = 0; version <= 15; version++)
        {
            frame[0] = (byte)((version << 4) | 5);
            Assert.Equal(version == 4, IPv4Packet.TryParse(frame, out _));
        }
    }

    [Fact]
    public void Octets_after_the_total_length_are_trimmed()
    {
        var tcp = Frames.Tcp(true);
        byte[] frame = [.. Frames.IPv4(IpProtocol.Tcp, tcp), 1, 2, 3, 4, 5, 6];

        Assert.True(IPv4Packet.TryParse(frame, out var packet));
        Assert.Equal(tcp, packet.Payload.ToArray());
        Assert.Equal(frame.Length - 6, packet.Bytes.Length);
        Assert.True(packet.HasValidChecksum);
    }

    [Theory]
    [InlineData(0x0000, false, false, 0, false)]
    [InlineData(0x4000, true, false, 0, false)]
    [InlineData(0x2000, false, true, 0, true)]
    [InlineData(0x0001, false, false, 8, true)]
    [InlineData(0x3FFF, false, true, 65_528, true)]
    [InlineData(0x8000, false, false, 0, false)]
    [Trait("RFC", "791 section 3.1")]
    public void Fragment_fields_are_read(
        ushort field, bool dontFragment, bool moreFragments, int offset, bool isFragment)
    {
        var frame = Frames.IPv4(IpProtocol.Tcp, [1, 2, 3, 4, 5, 6, 7, 8]);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(6), field);

        Assert.True(IPv4Packet.TryParse(frame, out var packet));
        Assert.Equal(dontFragment, packet.DontFragment);
        Assert.Equal(moreFragments, packet.MoreFragments);
        Assert.Equal(offset, packet.FragmentOffset);
        Assert.Equal(isFragment, packet.IsFragment);
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.1.2")]
    public void The_checksum_covers_every_bit_of_the_header_and_none_of_the_payload()
    {
        var frame = Frames.IPv4(IpProtocol.Tcp, [1, 2, 3, 4], 1, 1, 1, 1);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            // Flips in the version or the lengths may fail to parse.
            if (IPv4Packet.TryParse(frame, out var packet))
                Assert.Equal(bit >= 24 * 8, packet.HasValidChecksum);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(IPv4Packet.TryParse(frame, out var whole) && whole.HasValidChecksum);
    }

    private static void Put(byte[] frame, int ihl, int total)
    {
        if (frame.Length > 0)
            frame[0] = (byte)(0x40 | ihl);
        if (frame.Length > 3)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)total);
    }
}

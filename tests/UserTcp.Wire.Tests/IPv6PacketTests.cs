namespace UserTcp.Wire.Tests;

public class IPv6PacketTests
{
    [Fact]
    [Trait("RFC", "8200 section 3")]
    public void Every_field_has_its_offset()
    {
        var frame = Frames.IPv6(IpProtocol.Udp, 9, 8, 7);
        BinaryPrimitives.WriteUInt32BigEndian(frame, 0x6B9A_BCDE);
        frame[7] = 17;

        Assert.True(IPv6Packet.TryParse(frame, out var packet));
        Assert.Equal(0xB9, packet.TrafficClass);
        Assert.Equal(17, packet.HopLimit);
        Assert.Equal(IpProtocol.Udp, packet.Protocol);
        Assert.Equal(Frames.V6A, packet.Source);
        Assert.Equal(Frames.V6B, packet.Destination);
        Assert.False(packet.IsFragment);
        Assert.Equal<byte>([9, 8, 7], packet.Payload.ToArray());
    }

    [Fact]
    [Trait("RFC", "8200 section 3")]
    public void A_payload_length_beyond_the_frame_is_refused()
    {
        int[] reads = [0, 1, 39, 40, 41, 47, 48, 100, 40 + 0xFFFF, 41 + 0xFFFF];
        int[] lengths = [0, 1, 7, 8, 59, 60, 61, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF];
        foreach (var read in reads)
        {
            foreach (var length in lengths)
            {
                var frame = new byte[read];
                if (read > 0)
                    frame[0] = 0x60;
                if (read > 6)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), (ushort)length);
                    frame[6] = (byte)IpProtocol.NoNext;
                }

                var expected = read >= 40 && length <= read - 40;
                Assert.True(
                    expected == IPv6Packet.TryParse(frame, out var packet), $"payload length {length}, read {read}");
                Assert.Equal(expected, Whole.Read(frame));
                if (expected)
                    Assert.Equal(length, packet.Payload.Length);
            }
        }
    }

    [Fact]
    public void Versions_other_than_6_are_refused()
    {
        var frame = Frames.IPv6(IpProtocol.Tcp, Frames.Tcp(false));
        for (var version = 0; version <= 15; version++)
        {
            frame[0] = (byte)(version << 4);
            Assert.Equal(version == 6, IPv6Packet.TryParse(frame, out _));
        }
    }

    [Fact]
    public void Octets_after_the_payload_length_are_trimmed()
    {
        var tcp = Frames.Tcp(false);
        byte[] frame = [.. Frames.IPv6(IpProtocol.Tcp, tcp), 1, 2, 3, 4, 5, 6];

        Assert.True(IPv6Packet.TryParse(frame, out var packet));
        Assert.Equal(tcp, packet.Payload.ToArray());
        Assert.Equal(frame.Length - 6, packet.Bytes.Length);
    }

    /// <summary>A jumbogram has zero here (RFC 2675); they are not supported.</summary>
    [Fact]
    public void A_payload_length_of_zero_is_no_payload()
    {
        byte[] frame = Frames.IPv6(IpProtocol.Tcp, Frames.Tcp(false));
        frame[4] = frame[5] = 0;

        Assert.True(IPv6Packet.TryParse(frame, out var packet));
        Assert.True(packet.Payload.IsEmpty);
    }
}

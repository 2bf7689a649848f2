namespace UserTcp.Wire.Tests;

public class TcpSegmentTests
{
    [Fact]
    public void Every_field_has_its_offset()
    {
        byte[] bytes =
        [
            0x12, 0x34, 0x56, 0x78, 0x80, 0x00, 0x00, 0x01, 0xFF, 0xFF, 0xFF, 0xFE, 0x60, 0x18, 0xAB,
            0xCD, 0x11, 0x22, 0x33, 0x44,
            1, 1, 1, 0, 7, 8, 9,
        ];

        Assert.True(TcpSegment.TryParse(bytes, out var segment));
        Assert.Equal(new Port(0x1234), segment.SourcePort);
        Assert.Equal(new Port(0x5678), segment.DestinationPort);
        Assert.Equal(new SeqNum(0x8000_0001), segment.Seq);
        Assert.Equal(new SeqNum(0xFFFF_FFFE), segment.Ack);
        Assert.Equal(24, segment.HeaderLength);
        Assert.Equal(TcpFlags.Ack | TcpFlags.Psh, segment.Flags);
        Assert.Equal(0xABCD, segment.Window);
        Assert.Equal(0x1122, segment.ChecksumField);
        Assert.Equal(0x3344, segment.UrgentPointer);
        Assert.Equal<byte>([1, 1, 1, 0], segment.OptionBytes.ToArray());
        Assert.Equal<byte>([7, 8, 9], segment.Payload.ToArray());
    }

    [Fact]
    public void An_invalid_data_offset_is_refused()
    {
        for (var offset = 0; offset <= 15; offset++)
        {
            for (var read = 0; read <= 80; read++)
            {
                var bytes = new byte[read];
                if (read > 12)
                    bytes[12] = (byte)(offset << 4);
                var expected = offset >= 5 && offset * 4 <= read;
                Assert.True(expected == Whole.ReadTcp(bytes), $"data offset {offset}, read {read}");
            }
        }
    }

    /// <summary>
    /// The reserved bits are ignored on receipt (RFC 9293 section 3.1), and so is the bit that was once NS.
    /// </summary>
    [Fact]
    public void Reserved_bits_are_ignored()
    {
        var bytes = Frames.Tcp(true);
        for (var reserved = 0; reserved <= 15; reserved++)
        {
            bytes[12] = (byte)(0x50 | reserved);
            Assert.True(TcpSegment.TryParse(bytes, out var segment));
            Assert.Equal(20, segment.HeaderLength);
            Assert.Equal(Frames.Header().Flags, segment.Flags);
        }
    }

    [Theory]
    [InlineData(TcpFlags.None, 0)]
    [InlineData(TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Urg | TcpFlags.Rst | TcpFlags.Ece | TcpFlags.Cwr, 0)]
    [InlineData(TcpFlags.Syn, 1)]
    [InlineData(TcpFlags.Fin, 1)]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin, 2)]
    public void The_length_counts_data_and_one_each_for_SYN_and_FIN(TcpFlags flags, uint controls)
    {
        foreach (var length in new[] { 0, 1, 1460, 65_000 })
        {
            var bytes = Frames.Tcp(
                Frames.V4A, Frames.V4B, Frames.Header() with { Flags = flags }, Frames.AllOptions, new byte[length]);
            Assert.True(TcpSegment.TryParse(bytes, out var segment));
            Assert.Equal((uint)length + controls, segment.Length);
        }
    }

    [Fact]
    public void Has_asks_for_all_of_the_bits()
    {
        var bytes = Frames.Tcp(
            Frames.V4A, Frames.V4B, Frames.Header() with { Flags = TcpFlags.Syn | TcpFlags.Ack }, default, []);
        Assert.True(TcpSegment.TryParse(bytes, out var segment));

        Assert.True(segment.Has(TcpFlags.Syn));
        Assert.True(segment.Has(TcpFlags.Syn | TcpFlags.Ack));
        Assert.False(segment.Has(TcpFlags.Syn | TcpFlags.Fin));
        Assert.True(segment.Has(TcpFlags.None));
    }

    /// <summary>The urgent pointer changes neither payload nor length (RFC 9293 section 3.8.5).</summary>
    [Fact]
    public void The_urgent_pointer_changes_neither_payload_nor_length()
    {
        foreach (var pointer in new ushort[] { 0, 1, 99, 100, 101, 0x7FFF, 0xFFFF })
        {
            var header = Frames.Header() with { Flags = TcpFlags.Urg | TcpFlags.Ack, UrgentPointer = pointer };
            var bytes = Frames.Tcp(Frames.V4A, Frames.V4B, header, default, Frames.Payload(100));
            Assert.True(TcpSegment.TryParse(bytes, out var segment));
            Assert.Equal(pointer, segment.UrgentPointer);
            Assert.Equal(Frames.Payload(100), segment.Payload.ToArray());
            Assert.Equal(100u, segment.Length);
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-5")]
    public void Options_are_read_on_any_segment()
    {
        for (var flags = 0; flags <= 255; flags++)
        {
            var bytes = Frames.Tcp(
                Frames.V4A, Frames.V4B, Frames.Header() with { Flags = (TcpFlags)flags }, Frames.AllOptions, [1, 2, 3]);
            Assert.True(TcpSegment.TryParse(bytes, out var segment));
            Assert.True(ReferenceOptions.AreEqual(Frames.AllOptions, segment.ParseOptions()));
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-7")]
    public void Broken_options_do_not_break_the_segment()
    {
        var bytes = Frames.Tcp(true, Frames.AllOptions);
        bytes[21] = 0;

        Assert.True(TcpSegment.TryParse(bytes, out var segment));
        Assert.True(segment.ParseOptions().Malformed);
        Assert.Equal(Frames.Payload(100), segment.Payload.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "MUST-3")]
    public void The_checksum_finds_a_single_inverted_bit(bool isIPv4)
    {
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
        foreach (var length in new[] { 0, 1, 2, 63, 128, 701 })
        {
            var bytes = Frames.Tcp(isIPv4, Frames.AllOptions, length);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                // An invalid data offset may fail to parse.
                if (TcpSegment.TryParse(bytes, out var damaged))
                    Assert.False(damaged.HasValidChecksum(source, destination));
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            Assert.True(TcpSegment.TryParse(bytes, out var segment) && segment.HasValidChecksum(source, destination));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "MUST-3")]
    public void The_checksum_finds_an_inverted_bit_in_an_address(bool isIPv4)
    {
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
        Assert.True(TcpSegment.TryParse(Frames.Tcp(isIPv4), out var segment));
        for (var bit = 0; bit < (isIPv4 ? 32 : 64); bit++)
        {
            // For IPv4 only the low half is on the wire; a flip in the high half changes the family.
            var low = 1UL << bit;
            Assert.False(segment.HasValidChecksum(source with { Low = source.Low ^ low }, destination));
            Assert.False(segment.HasValidChecksum(source, destination with { Low = destination.Low ^ low }));
            if (!isIPv4)
                Assert.False(segment.HasValidChecksum(source with { High = source.High ^ low }, destination));
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-3")]
    public void The_checksum_of_a_segment_of_max_size()
    {
        var bytes = Frames.Tcp(false, default, 65_515);
        Assert.True(TcpSegment.TryParse(bytes, out var segment) && segment.HasValidChecksum(Frames.V6A, Frames.V6B));
        bytes.AsSpan(20).Fill(0xFF);
        TcpHeader.WriteChecksum(bytes, 0);
        TcpHeader.WriteChecksum(bytes, NaiveChecksum.Of(Frames.V6A, Frames.V6B, IpProtocol.Tcp, bytes));
        Assert.True(segment.HasValidChecksum(Frames.V6A, Frames.V6B));
    }
}

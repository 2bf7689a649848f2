using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

public class TcpOptionsTests
{
    private static readonly byte[] Mss = [2, 4, 0x05, 0xB4];
    private static readonly byte[] Scale = [3, 3, 7];
    private static readonly byte[] Permitted = [4, 2];
    private static readonly byte[] Timestamps = [8, 10, 0xFF, 0xFF, 0xFF, 0xFE, 0x80, 0, 0, 1];
    private static readonly byte[] Sack =
        [5, 18, 0xFF, 0xFF, 0xFF, 0xF0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 1];

    [Fact]
    [Trait("RFC9293", "MUST-4")]
    public void Mandatory_options_are_known()
    {
        var options = TcpOptions.Parse([1, .. Mss, 1, 0, 3, 3, 7]);

        Assert.Equal((ushort?)1460, options.Mss);
        Assert.Null(options.WindowScale);
        Assert.False(options.Malformed);
    }

    [Fact]
    public void No_octets_are_no_options()
    {
        var options = TcpOptions.Parse([]);

        Assert.True(ReferenceOptions.AreEqual(default, options));
        Assert.Null(options.Mss);
        Assert.Null(options.WindowScale);
        Assert.Null(options.Timestamps);
        Assert.False(options.SackPermitted);
        Assert.Equal(0, options.Sack.Count);
    }

    [Fact]
    [Trait("RFC", "7323 section 3.2")]
    [Trait("RFC", "2018 section 3")]
    public void Every_known_kind_is_read()
    {
        var options = TcpOptions.Parse([.. Mss, .. Permitted, .. Timestamps, 1, .. Scale]);
        Assert.Equal((ushort?)1460, options.Mss);
        Assert.True(options.SackPermitted);
        Assert.Equal(new TcpTimestamps(0xFFFF_FFFE, 0x8000_0001), options.Timestamps);
        Assert.Equal<WindowScale?>(WindowScale.FromWire(7), options.WindowScale);

        var blocks = TcpOptions.Parse([1, 1, .. Sack]).Sack;
        Assert.Equal(2, blocks.Count);
        Assert.Equal(new SackBlock(new SeqNum(0xFFFF_FFF0), new SeqNum(4)), blocks[0]);
        Assert.Equal(new SackBlock(new SeqNum(0x7FFF_FFFF), new SeqNum(0x8000_0001)), blocks[1]);
    }

    /// <summary>The layout of RFC 7323 appendix A, which has a fast path.</summary>
    [Fact]
    [Trait("RFC", "7323 appendix A")]
    public void Timestamps_are_read_alike_in_the_recommended_and_in_any_other_layout()
    {
        byte[][] layouts =
        [
            [1, 1, .. Timestamps], [.. Timestamps, 1, 1], [1, .. Timestamps, 1], [.. Timestamps, 0, 0],
            [1, 1, .. Timestamps, 1, 1, .. Sack],
        ];
        foreach (var layout in layouts)
        {
            var options = TcpOptions.Parse(layout);
            Assert.Equal(new TcpTimestamps(0xFFFF_FFFE, 0x8000_0001), options.Timestamps);
            Assert.True(ReferenceOptions.AreEqual(ReferenceOptions.Parse(layout), options));
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-6")]
    [Trait("RFC9293", "MUST-68")]
    public void Unknown_kinds_are_skipped_by_their_length()
    {
        for (var kind = 0; kind <= 255; kind++)
        {
            if (kind is 0 or 1 or 2 or 3 or 4 or 5 or 8)
                continue;
            for (var length = 2; length <= 36; length++)
            {
                byte[] unknown = [(byte)kind, (byte)length, .. Enumerable.Repeat((byte)2, length - 2)];
                var options = TcpOptions.Parse([.. unknown, .. Mss]);
                Assert.Equal((ushort?)1460, options.Mss);
                Assert.False(options.Malformed);
            }
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-7")]
    public void An_invalid_length_ends_parsing_and_keeps_the_options_before_it()
    {
        foreach (var kind in new byte[] { 2, 3, 4, 5, 8 })
        {
            for (var length = 0; length <= 255; length++)
            {
                byte[] bytes = [3, 3, 9, kind, (byte)length, .. new byte[260], .. Mss];
                bytes[265] = 2;
                var isRight = kind switch
                {
                    2 => length == 4,
                    3 => length == 3,
                    4 => length == 2,
                    8 => length == 10,
                    _ => length > 2 && (length - 2) % 8 == 0,
                };
                var options = TcpOptions.Parse(bytes);
                Assert.Equal(!isRight, options.Malformed);
                Assert.Equal<WindowScale?>(WindowScale.FromWire(9), options.WindowScale);
                Assert.Null(options.Mss);
            }
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-7")]
    public void A_length_that_overruns_or_is_below_two_ends_parsing()
    {
        foreach (var kind in new byte[] { 2, 3, 4, 5, 6, 8, 30, 254, 255 })
        {
            for (var room = 0; room <= 38; room++)
            {
                for (var length = 0; length <= 255; length++)
                {
                    if (length >= 2 && length <= room)
                        continue;
                    byte[] bytes = [.. Permitted, kind, (byte)length, .. new byte[Math.Max(0, room - 2)]];
                    var options = TcpOptions.Parse(bytes.AsSpan(0, 2 + room));
                    Assert.Equal(room > 0, options.Malformed);
                    Assert.True(options.SackPermitted);
                }
            }
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-64")]
    public void Options_may_stand_at_any_alignment()
    {
        for (var before = 0; before <= 8; before++)
        {
            byte[] bytes =
            [
                .. Enumerable.Repeat((byte)1, before), .. Timestamps,
                .. Enumerable.Repeat((byte)1, before), .. Scale, .. Mss,
            ];
            var options = TcpOptions.Parse(bytes);
            Assert.Equal(new TcpTimestamps(0xFFFF_FFFE, 0x8000_0001), options.Timestamps);
            Assert.Equal<WindowScale?>(WindowScale.FromWire(7), options.WindowScale);
            Assert.Equal((ushort?)1460, options.Mss);
        }
    }

    [Fact]
    public void Of_two_of_a_kind_the_first_counts()
    {
        byte[] second = [2, 4, 0, 88, 3, 3, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        byte[] bytes = [.. Mss, .. Scale, .. Timestamps, .. Sack];

        var options = TcpOptions.Parse([.. bytes, .. second]);

        Assert.True(ReferenceOptions.AreEqual(TcpOptions.Parse(bytes), options));
        Assert.Equal((ushort?)1460, options.Mss);
        Assert.Equal(2, options.Sack.Count);
    }

    [Fact]
    public void An_MSS_of_zero_is_ignored()
    {
        Assert.Null(TcpOptions.Parse([2, 4, 0, 0]).Mss);
        Assert.False(TcpOptions.Parse([2, 4, 0, 0]).Malformed);
        Assert.Equal((ushort?)1460, TcpOptions.Parse([2, 4, 0, 0, .. Mss]).Mss);
        Assert.Equal((ushort?)1, TcpOptions.Parse([2, 4, 0, 1]).Mss);
        Assert.Equal((ushort?)0xFFFF, TcpOptions.Parse([2, 4, 0xFF, 0xFF]).Mss);
    }

    [Fact]
    [Trait("RFC", "7323 section 2.3")]
    public void A_window_scale_above_14_is_14()
    {
        for (var shift = 0; shift <= 255; shift++)
            Assert.Equal<int?>(Math.Min(shift, 14), TcpOptions.Parse([3, 3, (byte)shift]).WindowScale?.Shift);
    }

    [Fact]
    [Trait("RFC", "2018 section 3")]
    public void One_to_four_SACK_blocks_are_read()
    {
        for (var count = 1; count <= 4; count++)
        {
            byte[] bytes = [5, (byte)(2 + (8 * count)), .. Frames.Payload(8 * count)];
            var options = TcpOptions.Parse(bytes);
            Assert.Equal(count, options.Sack.Count);
            Assert.True(ReferenceOptions.AreEqual(ReferenceOptions.Parse(bytes), options));
        }
    }

    /// <summary>Every pair of kind and length, over several fill octets, against the reference parser.</summary>
    [Theory]
    [InlineData(0x00)]
    [InlineData(0x01)]
    [InlineData(0x02)]
    [InlineData(0x04)]
    [InlineData(0x0A)]
    [InlineData(0xFF)]
    [Trait("RFC9293", "MUST-7")]
    public void All_kinds_with_all_lengths_agree_with_a_second_parser(byte ground)
    {
        Span<byte> room = stackalloc byte[40];
        room.Fill(ground);
        for (var prefix = 0; prefix <= 0xFFFF; prefix++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)prefix);
            for (var length = 0; length <= 40; length++)
            {
                if (!ReferenceOptions.AreEqual(
                    ReferenceOptions.Parse(room[..length]), TcpOptions.Parse(room[..length])))
                {
                    Assert.Fail($"{Convert.ToHexString(room[..length])}");
                }
            }
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-7")]
    public void Sequences_of_valid_and_invalid_options_agree_with_a_second_parser()
    {
        byte[][] pieces =
        [
            [0], [1], Mss, Scale, Permitted, Timestamps, Sack,
            [2, 4, 0, 0], [3, 3, 200], [5, 2], [8, 9], [2], [30, 3, 1], [30, 0], [30, 40],
        ];
        Generators.ForAll(
            Gen.Choose(0, 8).SelectMany(count => Gen.ArrayOf(Gen.Elements(pieces), count)),
            sequence =>
            {
                var bytes = sequence.SelectMany(piece => piece).ToArray();
                Assert.True(
                    ReferenceOptions.AreEqual(ReferenceOptions.Parse(bytes), TcpOptions.Parse(bytes)),
                    Convert.ToHexString(bytes));
            },
            times: 5_000);
    }
}

using UserTcp.Capture.Reading;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>pcapng: sections, interfaces, packets, options, and blocks that are skipped.</summary>
public class PcapngReaderTests
{
    private const uint DecryptionSecrets = 10;
    private static readonly byte[] Bytes = [0x45, 1, 2, 3, 4];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_enhanced_packet_has_time_interface_direction_and_comments(bool isBigEndian)
    {
        var file = new CaptureFile(isBigEndian);
        file.Section().Interface(1).Interface(101, 0, (2, CaptureFile.Utf8("ut0")), (9, [9]))
            .Enhanced(
                1, 5_000_000_007, Bytes, 77, (1, CaptureFile.Utf8("first")), (1, CaptureFile.Utf8("둘째")),
                (2, file.UInt32(2)), (2989, [.. file.UInt32(32_473), 9, 8]));
        var reader = CaptureReader.Open(file.ToStream());

        Assert.True(reader.TryRead(out var packet));
        Assert.Equal((5_000_000_007, 101, 77), (packet.Nanoseconds, (int)packet.LinkType, packet.Length));
        Assert.Equal(Bytes, packet.Bytes.ToArray());
        Assert.Equal("ut0", packet.Interface);
        Assert.True(packet.IsOutbound);
        Assert.Equal(["first", "둘째"], packet.Comments);
        var option = Assert.Single(packet.CustomOptions);
        Assert.Equal((2989, 32_473u), ((int)option.Code, option.EnterpriseNumber));
        Assert.Equal([9, 8], option.Value.ToArray());
        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Error);
    }

    [Theory]
    [InlineData(6, 1_000_001, 1_000_001_000)]
    [InlineData(9, 17, 17)]
    [InlineData(12, 17_999, 17)]
    [InlineData(0, 3, 3_000_000_000)]
    [InlineData(0x80 | 10, 1024, 1_000_000_000)]
    [InlineData(0x7F, ulong.MaxValue, 0)]
    [InlineData(0, ulong.MaxValue, long.MaxValue)]
    public void Times_have_the_resolution_of_the_interface(byte resolution, ulong time, long nanoseconds)
    {
        var reader = CaptureReader.Open(
            new CaptureFile().Section().Interface(101, 0, (9, [resolution])).Enhanced(0, time, Bytes).ToStream());

        Assert.True(reader.TryRead(out var packet));
        Assert.Equal(nanoseconds, packet.Nanoseconds);
    }

    [Fact]
    public void Unknown_blocks_and_secrets_are_skipped_and_sections_begin_anew()
    {
        var file = new CaptureFile().Section().Interface(101).Block(DecryptionSecrets, new byte[100_001])
            .Block(0x0000_0BAD, [1]).Enhanced(0, 1, Bytes);
        var second = new CaptureFile(isBigEndian: true).Section().Interface(1).Simple(Bytes, 9);
        var reader = CaptureReader.Open(new MemoryStream([.. file.ToArray(), .. second.ToArray()]));

        Assert.True(reader.TryRead(out var first));
        Assert.Equal(101, first.LinkType);
        Assert.True(reader.TryRead(out var simple));
        Assert.Equal((2L, 1, 9, 1000L), (simple.Frame, (int)simple.LinkType, simple.Length, simple.Nanoseconds));
        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Error);
    }

    [Fact]
    public void A_simple_packet_ends_at_the_snap_length()
    {
        var reader = CaptureReader.Open(
            new CaptureFile().Section().Interface(101, 3).Simple([1, 2, 3, 0], 40).ToStream());

        Assert.True(reader.TryRead(out var packet));
        Assert.Equal([1, 2, 3], packet.Bytes.ToArray());
        Assert.Equal(40, packet.Length);
    }

    public static TheoryData<string, byte[]> Broken => new()
    {
        {
            "byte 28: a block claims a length of 0 bytes",
            new CaptureFile().Section().Put32(6).Put32(0).Put32(0).ToArray()
        },
        {
            "byte 28: a block claims a length of 13 bytes",
            new CaptureFile().Section().Put32(6).Put32(13).Put(new byte[20]).ToArray()
        },
        {
            "byte 28: a packet names interface 0, which is not there",
            new CaptureFile().Section().Enhanced(0, 0, Bytes).ToArray()
        },
        {
            "byte 28: a packet comes before the description of its interface",
            new CaptureFile().Section().Simple(Bytes, 5).ToArray()
        },
        {
            "byte 28: the two lengths of a block differ",
            new CaptureFile().Section().Put32(1).Put32(20).Put32(101).Put32(0).Put32(24).ToArray()
        },
        {
            "byte 48: a packet claims 99 captured bytes",
            new CaptureFile().Section().Interface(101)
                .Block(6, new CaptureFile().Put32(0).Put32(0).Put32(0).Put32(99).Put32(99).ToArray()).ToArray()
        },
        {
            "byte 0: a section has no byte order",
            new CaptureFile().Put32(0x0A0D0D0A).Put32(28).Put(new byte[20]).ToArray()
        },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_block_ends_the_file_with_its_place(string problem, byte[] bytes)
    {
        var reader = CaptureReader.Open(new MemoryStream(bytes));

        Assert.False(reader.TryRead(out _));
        Assert.Equal(problem, reader.Error);
    }
}

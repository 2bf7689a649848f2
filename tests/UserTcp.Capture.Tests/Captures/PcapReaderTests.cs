using UserTcp.Capture.Reading;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>pcap: byte orders, units of time, lengths that lie.</summary>
public class PcapReaderTests
{
    private static readonly byte[] Bytes = [0x45, 1, 2, 3, 4];

    [Theory]
    [InlineData(false, false, 1_700_000_000_123_456_000)]
    [InlineData(false, true, 1_700_000_000_123_456_789)]
    [InlineData(true, false, 1_700_000_000_123_456_000)]
    [InlineData(true, true, 1_700_000_000_123_456_789)]
    public void Both_byte_orders_and_units_of_time_are_read(bool isBigEndian, bool isNano, long expected)
    {
        var reader = CaptureReader.Open(new MemoryStream(
            CaptureFile.Pcap([(1_700_000_000_123_456_789, Bytes)], 1, isBigEndian, isNano)));

        Assert.True(reader.TryRead(out var packet));
        Assert.Equal(expected, packet.Nanoseconds);
        Assert.Equal((1L, 1, Bytes.Length), (packet.Frame, (int)packet.LinkType, packet.Length));
        Assert.Equal(Bytes, packet.Bytes.ToArray());
        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Error);
    }

    [Fact]
    public void A_packet_that_was_cut_keeps_its_length()
    {
        var reader = CaptureReader.Open(new MemoryStream(CaptureFile.Pcap([(0, Bytes)], cut: 2)));

        Assert.True(reader.TryRead(out var packet));
        Assert.Equal((2, 5), (packet.Bytes.Length, packet.Length));
    }

    [Fact]
    public void A_length_that_lies_ends_the_file_with_its_place()
    {
        var file = new CaptureFile().Put32(0xA1B2C3D4).Put(new byte[16]).Put32(101)
            .Put32(1).Put32(2).Put32(0x7FFF_FFFF).Put32(1).Put(new byte[100]);
        var reader = CaptureReader.Open(file.ToStream());

        Assert.False(reader.TryRead(out _));
        Assert.Equal("byte 24: a packet claims 2147483647 captured bytes", reader.Error);
    }

    [Fact]
    public void What_comes_before_a_truncation_is_read()
    {
        var bytes = CaptureFile.Pcap([(0, Bytes), (1, Bytes)]);
        var reader = CaptureReader.Open(new MemoryStream(bytes[..^1]));

        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal("byte 45: the file ends in a packet", reader.Error);
        Assert.Equal(1, reader.Packets);
    }

    [Theory]
    [InlineData(new byte[0], "the file is empty")]
    [InlineData(new byte[] { 1, 2 }, "the file is too short for a capture")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "the file is compressed: unpack it first, as with gunzip")]
    [InlineData(new byte[] { 1, 2, 3, 4 }, "this is neither a pcap nor a pcapng file")]
    public void Another_file_is_refused(byte[] bytes, string problem)
    {
        var reader = CaptureReader.Open(new MemoryStream(bytes));

        Assert.False(reader.TryRead(out _));
        Assert.Equal(problem, reader.Error);
    }
}

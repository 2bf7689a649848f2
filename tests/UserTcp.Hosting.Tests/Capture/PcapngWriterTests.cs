using UserTcp.Capture;
using Xunit;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>The writer's files are pcapng to the last byte.</summary>
public sealed class PcapngWriterTests
{
    [Fact]
    public void A_file_without_packets_has_a_section_and_an_interface()
    {
        var file = Write(1500, _ => { });

        Assert.Equal("UserTcp", file.Application);
        Assert.Equal(Environment.OSVersion.VersionString, file.OperatingSystem);
        Assert.Equal(101, file.LinkType); // LINKTYPE_RAW: IPv4 or IPv6
        Assert.Equal(1500u, file.SnapLength);
        Assert.Equal("ut0", file.InterfaceName);
        Assert.Equal(9, file.TimeResolution);
        Assert.Empty(file.Packets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(39)]
    [InlineData(1498)]
    [InlineData(1499)]
    [InlineData(1500)]
    public void A_packet_of_any_length_is_read_back(int length)
    {
        var frame = Frame(length);

        var packet = Assert.Single(Write(1500, writer => writer.Write(1, outbound: true, frame)).Packets);

        Assert.Equal(frame, packet.Captured);
        Assert.Equal(length, packet.Length);
    }

    [Theory]
    [InlineData(1501)]
    [InlineData(2011)]
    [InlineData(65_535)]
    public void Bytes_beyond_the_MTU_are_cut_off_and_the_length_is_kept(int length)
    {
        var frame = Frame(length);

        var packet = Assert.Single(Write(1500, writer => writer.Write(1, outbound: false, frame)).Packets);

        Assert.Equal(frame[..1500], packet.Captured);
        Assert.Equal(length, packet.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(uint.MaxValue)]
    [InlineData(1L << 32)]
    [InlineData(1_795_530_903_123_456_700)]
    [InlineData(long.MaxValue)]
    public void Times_and_directions_are_read_back(long nanoseconds)
    {
        var file = Write(1500, writer =>
        {
            writer.Write(nanoseconds, outbound: true, Frame(40));
            writer.Write(nanoseconds, outbound: false, Frame(41));
        });

        Assert.Equal(
            [(nanoseconds, true), (nanoseconds, false)],
            file.Packets.Select(packet => (packet.Nanoseconds, packet.IsOutbound)));
    }

    [Fact]
    public void A_long_interface_name_fits_at_the_smallest_MTU()
    {
        var name = new string('ü', 3000);
        using var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream, name, 68))
            writer.Write(0, outbound: true, Frame(68));

        Assert.Equal(name, PcapngFile.Parse(stream.ToArray()).InterfaceName);
    }

    private static PcapngFile Write(int mtu, Action<PcapngWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream, "ut0", mtu))
            write(writer);
        return PcapngFile.Parse(stream.ToArray());
    }

    private static byte[] Frame(int length)
    {
        var frame = new byte[length];
        new Random(length).NextBytes(frame);
        return frame;
    }
}

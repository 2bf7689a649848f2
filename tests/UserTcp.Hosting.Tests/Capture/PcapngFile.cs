using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>Parses a pcapng file (draft-ietf-opsawg-pcapng), and fails on every error in it.</summary>
internal sealed class PcapngFile
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint InterfaceDescription = 1;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;

    public required string Application { get; init; }

    public required string OperatingSystem { get; init; }

    public required ushort LinkType { get; init; }

    public required uint SnapLength { get; init; }

    public required string InterfaceName { get; init; }

    /// <summary>The negative decimal exponent of the unit of times.</summary>
    public required byte TimeResolution { get; init; }

    public required IReadOnlyList<PcapngPacket> Packets { get; init; }

    public static PcapngFile Parse(byte[] file)
    {
        var blocks = Blocks(file);
        Assert.Equal(SectionHeader, blocks[0].Type);
        var section = blocks[0].Body;
        Assert.Equal(0x1A2B3C4Du, UInt32(section, 0));
        Assert.Equal((1, 0), (UInt16(section, 4), UInt16(section, 6)));
        Assert.Equal(ulong.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(section.AsSpan(8)));
        var sectionOptions = Options(section.AsSpan(16));

        Assert.Equal(InterfaceDescription, blocks[1].Type);
        var link = blocks[1].Body;
        Assert.Equal(0, UInt16(link, 2)); // reserved
        var linkOptions = Options(link.AsSpan(8));

        return new PcapngFile
        {
            OperatingSystem = Encoding.UTF8.GetString(sectionOptions[3]),
            Application = Encoding.UTF8.GetString(sectionOptions[4]),
            LinkType = UInt16(link, 0),
            SnapLength = UInt32(link, 4),
            InterfaceName = Encoding.UTF8.GetString(linkOptions[2]),
            TimeResolution = Assert.Single(linkOptions[9]),
            Packets = [.. blocks.Skip(2).Where(block => block.Type != InterfaceStatistics)
                .Select(block => Packet(block, UInt32(link, 4)))],
        };
    }

    private static List<(uint Type, byte[] Body)> Blocks(byte[] file)
    {
        var blocks = new List<(uint, byte[])>();
        for (var at = 0; at < file.Length;)
        {
            var total = (int)UInt32(file, at + 4);
            Assert.InRange(total, 12, file.Length - at);
            Assert.Equal(0, total % 4);
            Assert.Equal((uint)total, UInt32(file, at + total - 4));
            blocks.Add((UInt32(file, at), file[(at + 8)..(at + total - 4)]));
            at += total;
        }

        return blocks;
    }

    private static PcapngPacket Packet((uint Type, byte[] Body) block, uint snapLength)
    {
        Assert.Equal(EnhancedPacket, block.Type);
        var body = block.Body;
        Assert.Equal(0u, UInt32(body, 0)); // the interface
        var captured = (int)UInt32(body, 12);
        Assert.InRange(captured, 0, (int)snapLength);
        var padded = (captured + 3) & ~3;
        Assert.All(body[(20 + captured)..(20 + padded)], value => Assert.Equal(0, value));
        var flags = Options(body.AsSpan(20 + padded))[2];
        Assert.Equal(4, flags.Length);
        return new PcapngPacket(
            (long)(((ulong)UInt32(body, 4) << 32) | UInt32(body, 8)), IsOutbound: (UInt32(flags, 0) & 3) switch
            {
                1 => false,
                2 => true,
                var direction => throw new InvalidDataException($"direction {direction}"),
            },
            (int)UInt32(body, 16), body[20..(20 + captured)]);
    }

    /// <summary>Options by code; opt_endofopt and the block end together.</summary>
    private static Dictionary<ushort, byte[]> Options(ReadOnlySpan<byte> bytes)
    {
        var options = new Dictionary<ushort, byte[]>();
        while (true)
        {
            var code = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
            if (code == 0)
            {
                Assert.Equal(4, bytes.Length);
                Assert.Equal(0, length);
                return options;
            }

            // Custom options may be there more than once.
            options.TryAdd(code, bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + ((length + 3) & ~3))..];
        }
    }

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ushort UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
}

internal sealed record PcapngPacket(long Nanoseconds, bool IsOutbound, int Length, byte[] Captured);

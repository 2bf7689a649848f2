using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

public class IcmpMessageTests
{
    [Fact]
    [Trait("RFC", "792")]
    public void Every_field_has_its_offset()
    {
        Assert.True(IcmpMessage.TryParse([3, 4, 0xAB, 0xCD, 0x80, 0, 5, 0xDC, 9, 8], out var message));
        Assert.Equal(IcmpV4.DestinationUnreachable, message.Type);
        Assert.Equal(IcmpV4.CodeFragmentationNeeded, message.Code);
        Assert.Equal(0x8000_05DCu, message.Rest);
        Assert.Equal<byte>([9, 8], message.Body.ToArray());
    }

    [Fact]
    public void Fewer_than_eight_octets_are_refused()
    {
        for (var length = 0; length <= 16; length++)
            Assert.Equal(length >= 8, Whole.ReadIcmp(new byte[length], isIPv4: true));
    }

    [Fact]
    public void Written_fields_are_read_back() =>
        Generators.ForAll(
            from type in Generators.Octet
            from code in Generators.Octet
            from rest in Generators.Word
            from body in Generators.Bytes(90)
            from addresses in Generators.Addresses
            select (type, code, rest, body, addresses),
            sample =>
            {
                var (source, destination) = sample.addresses;
                var bytes = new byte[8 + sample.body.Length + 3];
                bytes.AsSpan().Fill(0xA5);
                var length = IcmpMessage.Write(
                    bytes, sample.type, sample.code, sample.rest, sample.body, source, destination);

                Assert.Equal(8 + sample.body.Length, length);
                Assert.Equal<byte>([0xA5, 0xA5, 0xA5], bytes[length..]);
                Assert.True(IcmpMessage.TryParse(bytes.AsSpan(0, length), out var message));
                Assert.Equal((sample.type, sample.code, sample.rest), (message.Type, message.Code, message.Rest));
                Assert.Equal(sample.body, message.Body.ToArray());
                Assert.True(message.HasValidChecksum(source, destination));
                Assert.Equal(0, Naive(message.Bytes, source, destination));
            },
            times: 1_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "4443 section 2.3")]
    public void The_checksum_finds_an_inverted_bit(bool isIPv4)
    {
        var (source, destination) = isIPv4 ? (Frames.V4A, Frames.V4B) : (Frames.V6A, Frames.V6B);
        var bytes = Frames.Echo(isIPv4, 57);
        Assert.True(IcmpMessage.TryParse(bytes, out var message));
        Assert.True(message.HasValidChecksum(source, destination));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(message.HasValidChecksum(source, destination));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    [Trait("RFC", "4443 section 2.3")]
    public void Only_the_checksum_of_ICMPv6_covers_the_addresses()
    {
        Assert.True(IcmpMessage.TryParse(Frames.Echo(true), out var v4));
        Assert.True(IcmpMessage.TryParse(Frames.Echo(false), out var v6));

        Assert.True(v4.HasValidChecksum(Frames.V4A, Frames.Address("192.0.2.9")));
        Assert.False(v6.HasValidChecksum(Frames.V6A, Frames.Address("2001:db8::9")));
    }

    private static ushort Naive(ReadOnlySpan<byte> bytes, IpAddress source, IpAddress destination) =>
        source.IsIPv4 ? NaiveChecksum.Of(bytes) : NaiveChecksum.Of(source, destination, IpProtocol.IcmpV6, bytes);
}

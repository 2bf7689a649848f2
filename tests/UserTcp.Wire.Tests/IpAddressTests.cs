namespace UserTcp.Wire.Tests;

public class IpAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.0.0.1", "")]
    [InlineData("126.255.255.255", "")]
    [InlineData("127.0.0.0", "loopback")]
    [InlineData("127.255.255.255", "loopback")]
    [InlineData("128.0.0.0", "")]
    [InlineData("198.18.0.2", "")]
    [InlineData("223.255.255.255", "")]
    [InlineData("224.0.0.0", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("240.0.0.0", "")]
    [InlineData("255.255.255.254", "")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("::", "unspecified")]
    [InlineData("::1", "loopback")]
    [InlineData("::2", "")]
    [InlineData("::127.0.0.1", "")]
    [InlineData("::fffe:7f00:1", "")]
    [InlineData("1::ffff:7f00:1:0:0", "")]
    [InlineData("2001:db8:75::2", "")]
    [InlineData("fe80::1", "")]
    [InlineData("feff::1", "")]
    [InlineData("ff00::", "multicast")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast")]
    [Trait("RFC", "6890")]
    public void Each_address_has_exactly_one_class(string text, string kind)
    {
        var address = Frames.Address(text);

        Assert.Equal(kind == "unspecified", address.IsUnspecified);
        Assert.Equal(kind == "loopback", address.IsLoopback);
        Assert.Equal(kind == "multicast", address.IsMulticast);
        Assert.Equal(kind == "broadcast", address.IsLimitedBroadcast);
        var isIPv4 = !text.Contains(':', StringComparison.Ordinal);
        Assert.Equal((isIPv4, !isIPv4, isIPv4 ? 4 : 16), (address.IsIPv4, address.IsIPv6, address.Length));
        Assert.Equal(text, address.ToString());
    }

    [Fact]
    public void Octets_round_trip() =>
        Generators.ForAll(
            Generators.Addresses,
            addresses =>
            {
                Span<byte> octets = stackalloc byte[16];
                foreach (var address in new[] { addresses.Source, addresses.Destination })
                {
                    Assert.Equal(address.Length, address.Write(octets));
                    Assert.Equal(address, address.IsIPv4 ? IpAddress.ReadIPv4(octets) : IpAddress.ReadIPv6(octets));
                    Assert.Equal(octets[..address.Length].ToArray(), address.ToIPAddress().GetAddressBytes());
                    Assert.Equal(address, IpAddress.From(address.ToIPAddress()));
                }
            },
            times: 1_000);

    [Fact]
    public void An_IPv4_address_is_its_32_bits()
    {
        Assert.Equal(0xC612_0002u, Frames.V4B.IPv4Value);
        Assert.Equal(Frames.V4B, IpAddress.FromIPv4(0xC612_0002));
        Assert.Equal(IpAddress.AnyIPv4, IpAddress.FromIPv4(0));
        Assert.NotEqual(IpAddress.AnyIPv4, IpAddress.AnyIPv6);
        Assert.Equal(IpAddress.AnyIPv6, default);
    }

    /// <summary>Dual-mode sockets report IPv4 addresses as ::ffff:a.b.c.d.</summary>
    [Fact]
    [Trait("RFC", "4291 section 2.5.5.2")]
    public void A_mapped_address_of_the_framework_is_the_IPv4_address()
    {
        Assert.Equal(Frames.V4B, IpAddress.From(IPAddress.Parse("::ffff:198.18.0.2")));
        Assert.Equal("198.18.0.2", IpAddress.From(IPAddress.Parse("::ffff:198.18.0.2")).ToString());
    }

    [Fact]
    public void A_scope_is_not_kept() =>
        Assert.Equal(Frames.Address("fe80::1"), IpAddress.From(IPAddress.Parse("fe80::1%3")));

    [Fact]
    public void A_null_address_throws() => Assert.Throws<ArgumentNullException>(() => IpAddress.From(null!));
}

using System.Globalization;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Security;

/// <summary>
/// SipHash-2-4 against the test vectors of its authors: key 00 01 ... 0f, message 00 01 ... of growing length.
/// </summary>
public class SipHashTests
{
    private static readonly SipKey Key = new(0x0706050403020100, 0x0f0e0d0c0b0a0908);

    [Theory]
    [InlineData(0, "726fdb47dd0e0e31")]
    [InlineData(1, "74f839c593dc67fd")]
    [InlineData(2, "0d6c8009d9a94f5a")]
    [InlineData(3, "85676696d7fb7e2d")]
    [InlineData(4, "cf2794e0277187b7")]
    [InlineData(5, "18765564cd99a68d")]
    [InlineData(6, "cbc9466e58fee3ce")]
    [InlineData(7, "ab0200f58b01d137")]
    [InlineData(8, "93f5f5799a932462")]
    [InlineData(15, "a129ca6149be45e5")]
    public void SipHash_equals_the_reference(int length, string hash)
    {
        byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        Assert.Equal(
            ulong.Parse(hash, NumberStyles.HexNumber, CultureInfo.InvariantCulture), SipHash24.Hash(Key, message));
    }

    [Theory]
    [InlineData("198.18.0.2", "198.18.0.1", 12)]
    [InlineData("2001:db8:75::2", "2001:db8:75::1", 36)]
    public void A_tuple_is_hashed_in_network_byte_order(string local, string remote, int length)
    {
        var (from, to) = (System.Net.IPAddress.Parse(local), System.Net.IPAddress.Parse(remote));
        byte[] bytes = [.. from.GetAddressBytes(), .. to.GetAddressBytes(), 0x12, 0x34, 0xab, 0xcd];
        Assert.Equal(length, bytes.Length);
        var tuple = new FourTuple(IpAddress.From(from), new Port(0x1234), IpAddress.From(to), new Port(0xabcd));
        Assert.Equal(SipHash24.Hash(Key, bytes), SipHash24.Hash(Key, tuple));
    }
}

namespace UserTcp.Wire.Tests;

/// <summary>Options that a host has to refuse (RFC 1122 section 3.2.1.8, RFC 8200 section 4.2).</summary>
public class IpOptionsTests
{
    private static readonly byte[] _upper = new byte[20];

    /// <summary>Every first octet with every length, at the end of the header and before it.</summary>
    [Fact]
    [Trait("RFC", "791 section 3.1")]
    public void Every_IPv4_option_ends_within_the_header()
    {
        for (var kind = 2; kind <= 255; kind++)
        {
            for (var length = 0; length <= 255; length++)
            {
                // What follows the option is padding, and its pointer is valid.
                byte[] options = [(byte)kind, (byte)length, (byte)(length > 2 ? 8 : 1), 1, 1, 1, 1, 1];
                var isRoute = kind is 131 or 137;
                var minLength = kind switch { 7 or 131 or 137 => 3, 68 => 4, _ => 2 };
                var expected = length is < 2 or > 8 ? new IpOptionFault(true, 0, 20)
                    : length < minLength ? new IpOptionFault(true, 0, 21)
                    : default;
                Assert.Equal((expected != default || isRoute, expected), Fault(WithOptions(options)));
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 1, 1, 1, 1 })]
    [InlineData(new byte[] { 0, 9, 9, 9 })]
    [InlineData(new byte[] { 1, 0, 222, 0 })]
    [InlineData(new byte[] { 222, 2, 222, 2 })]
    public void Padding_and_whole_options_are_no_fault(byte[] options) =>
        Assert.False(Fault(WithOptions(options)).IsFault);

    [Theory]
    // Past the header; padding that is too long, or not zero; nine options.
    [InlineData(0, 0, new byte[] { 0x1E, 5, 0, 0, 0, 0 })]
    [InlineData(0, 0, new byte[] { 1, 4, 0, 0, 1, 0 })]
    [InlineData(0, 1, new byte[] { 1, 6, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0 })]
    [InlineData(0, 2, new byte[] { 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 5, 0, 0x1E, 2, 0, 0 })]
    [InlineData(0, 0, new byte[] { 0, 0, 0, 0, 0, 1 })]
    [Trait("RFC", "8504 section 5.3")]
    public void Malformed_IPv6_options_are_dropped_silently(int first, byte units, byte[] options)
    {
        byte[] header = [(byte)IpProtocol.Tcp, units, .. options];
        var fault = Fault(Frames.IPv6((IpProtocol)first, [.. header, .. _upper]));
        Assert.Equal((true, default), fault);
    }

    [Fact]
    public void All_options_before_the_transport_header_are_checked()
    {
        byte[] good = [(byte)IpProtocol.DestinationOptions, 0, 5, 2, 0, 0, 1, 0];
        byte[] bad = [(byte)IpProtocol.Tcp, 0, 1, 0, 0x80, 2, 0, 0];
        Assert.Equal(
            (true, new IpOptionFault(true, IcmpV6.CodeUnrecognizedOption, 52)),
            Fault(Frames.IPv6(IpProtocol.HopByHop, [.. good, .. bad, .. _upper])));
    }

    private static (bool IsFault, IpOptionFault Fault) Fault(byte[] frame)
    {
        Assert.True(IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out var error), error.ToString());
        return (IpOptions.TryFindFault(packet, out var fault), fault);
    }

    private static byte[] WithOptions(byte[] options)
    {
        byte[] frame = [.. new byte[20], .. options, .. _upper];
        frame[0] = (byte)(0x45 + (options.Length / 4));
        frame[3] = (byte)frame.Length;
        frame[9] = (byte)IpProtocol.Tcp;
        return frame;
    }
}

namespace UserTcp.Wire.Tests;

/// <summary>Extension headers are walked to the upper layer, within limits.</summary>
[Trait("RFC", "8200 section 4")]
public class IPv6ExtensionHeaderTests
{
    private static readonly byte[] Upper = Frames.Tcp(false);

    [Theory]
    [InlineData(IpProtocol.HopByHop)]
    [InlineData(IpProtocol.DestinationOptions)]
    [InlineData(IpProtocol.Routing)]
    public void Each_kind_is_skipped_by_its_length(IpProtocol kind)
    {
        for (var words = 1; words <= 256; words++)
        {
            var header = Frames.Extension(IpProtocol.Tcp, words);
            if (kind == IpProtocol.Routing)
                header[3] = 0;
            Assert.Equal(IpParseError.None, Error(Frames.IPv6(kind, [.. header, .. Upper]), out var packet));
            Assert.Equal(IpProtocol.Tcp, packet.Protocol);
            Assert.Equal(Upper, packet.Payload.ToArray());
            Assert.False(packet.IsFragment);
        }
    }

    [Fact]
    public void Eight_are_walked_and_nine_are_too_many()
    {
        for (var count = 0; count <= 12; count++)
        {
            var error = Error(Chain(count), out var packet);

            Assert.Equal(count <= 8 ? IpParseError.None : IpParseError.TooManyExtensionHeaders, error);
            if (count <= 8)
                Assert.Equal(Upper, packet.Payload.ToArray());
        }
    }

    [Fact]
    public void A_header_may_fill_the_packet_but_not_overrun_it()
    {
        IpProtocol[] kinds =
            [IpProtocol.HopByHop, IpProtocol.DestinationOptions, IpProtocol.Routing, IpProtocol.Fragment];
        foreach (var kind in kinds)
        {
            for (var room = 0; room <= 32; room++)
            {
                var header = Frames.Extension(IpProtocol.NoNext, 2);
                header[3] = 0;
                var needed = kind == IpProtocol.Fragment ? 8 : 16;
                byte[] payload = [.. header, .. new byte[16]];
                // Padding after the packet in the frame must not count.
                byte[] frame = [.. Frames.IPv6(kind, payload.AsSpan(0, room)), .. payload.AsSpan(room)];

                Assert.Equal(
                    room >= needed ? IpParseError.None : IpParseError.BadHeaderLength, Error(frame, out var packet));
                if (room >= needed)
                    Assert.Equal(room - needed, packet.Payload.Length);
            }
        }
    }

    [Fact]
    [Trait("RFC", "6946")]
    public void An_atomic_fragment_is_whole()
    {
        var frame = Frames.IPv6(
            IpProtocol.Fragment, [.. Frames.FragmentHeader(IpProtocol.Tcp, 0, more: false), .. Upper]);

        Assert.Equal(IpParseError.None, Error(frame, out var packet));
        Assert.False(packet.IsFragment);
        Assert.Equal(IpProtocol.Tcp, packet.Protocol);
        Assert.Equal(Upper, packet.Payload.ToArray());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(65_528, false)]
    [Trait("RFC", "8200 section 4.5")]
    public void Fragment_data_is_not_parsed_as_a_header(int offset, bool more)
    {
        // Fragment data that looks like an extension header.
        byte[] data = [.. Frames.Extension(IpProtocol.DestinationOptions, 1)];
        byte[] payload = [.. Frames.FragmentHeader(IpProtocol.DestinationOptions, offset, more), .. data];

        Assert.Equal(IpParseError.None, Error(Frames.IPv6(IpProtocol.Fragment, payload), out var packet));
        Assert.True(packet.IsFragment);
        Assert.Equal(data, packet.Payload.ToArray());
    }

    [Fact]
    [Trait("RFC", "8200 section 4.5")]
    public void Reserved_bits_make_no_fragment()
    {
        var header = Frames.FragmentHeader(IpProtocol.Tcp, 0, more: false);
        header[1] = 0xFF;
        header[3] = 0x06;

        Assert.Equal(IpParseError.None, Error(Frames.IPv6(IpProtocol.Fragment, [.. header, .. Upper]), out var packet));
        Assert.False(packet.IsFragment);
    }

    [Fact]
    [Trait("RFC", "5095")]
    public void A_routing_header_with_segments_left_is_a_fault_at_its_type()
    {
        for (var type = 0; type <= 255; type++)
        {
            for (var left = 0; left <= 255; left += left < 3 ? 1 : 63)
            {
                byte[] payload = [.. Frames.RoutingHeader(IpProtocol.Tcp, (byte)left, (byte)type), .. Upper];
                var frame = Frames.IPv6(IpProtocol.Routing, payload);
                Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _));
                Assert.Equal(left > 0, IpOptions.TryFindFault(packet, out var fault));
                Assert.Equal(left > 0 ? new IpOptionFault(true, 0, 42) : default, fault);
            }
        }
    }

    [Fact]
    [Trait("RFC", "8200 section 4.7")]
    public void No_next_header_ends_the_walk()
    {
        Assert.Equal(IpParseError.None, Error(Frames.IPv6(IpProtocol.NoNext, Upper), out var packet));
        Assert.Equal(IpProtocol.NoNext, packet.Protocol);
    }

    [Fact]
    [Trait("RFC", "8200 section 4.1")]
    public void Hop_by_hop_options_are_unknown_anywhere_but_first()
    {
        byte[] payload = [.. Frames.Extension(IpProtocol.HopByHop), .. Frames.Extension(IpProtocol.Tcp), .. Upper];

        Assert.Equal(IpParseError.None, Error(Frames.IPv6(IpProtocol.DestinationOptions, payload), out var packet));
        Assert.Equal(IpProtocol.HopByHop, packet.Protocol);
        Assert.Equal(payload[8..], packet.Payload.ToArray());
    }

    private static byte[] Chain(int count)
    {
        var payload = new List<byte>();
        for (var i = 1; i <= count; i++)
            payload.AddRange(Frames.Extension(i == count ? IpProtocol.Tcp : IpProtocol.DestinationOptions));
        payload.AddRange(Upper);
        return Frames.IPv6(count == 0 ? IpProtocol.Tcp : IpProtocol.DestinationOptions, payload.ToArray());
    }

    private static IpParseError Error(byte[] frame, out IPv6Packet packet)
    {
        var taken = IPv6Packet.TryParse(frame, out packet, out var error);
        Assert.Equal(taken, error == IpParseError.None);
        Whole.Read(frame);
        if (taken)
            Whole.Check(frame, packet);
        return error;
    }
}

namespace UserTcp.Wire.Tests;

public class IpPacketTests
{
    [Fact]
    public void Both_families_have_the_same_view()
    {
        var (tcp4, tcp6) = (Frames.Tcp(true), Frames.Tcp(false));
        var frame4 = Frames.IPv4(IpProtocol.Tcp, tcp4);
        var frame6 = Frames.IPv6(IpProtocol.Tcp, tcp6);

        Assert.True(IpPacket.TryParse(frame4, verifyChecksum: true, out var v4, out _));
        Assert.True(IpPacket.TryParse(frame6, verifyChecksum: true, out var v6, out _));

        Assert.True(v4.IsIPv4);
        Assert.False(v6.IsIPv4);
        Assert.Equal((Frames.V4A, Frames.V4B), (v4.Source, v4.Destination));
        Assert.Equal((Frames.V6A, Frames.V6B), (v6.Source, v6.Destination));
        Assert.Equal((IpProtocol.Tcp, 64, 0), (v4.Protocol, v4.HopLimit, v4.TrafficClass));
        Assert.Equal((IpProtocol.Tcp, 64, 0), (v6.Protocol, v6.HopLimit, v6.TrafficClass));
        Assert.Equal(tcp4, v4.Payload.ToArray());
        Assert.Equal(tcp6, v6.Payload.ToArray());
    }

    [Fact]
    [Trait("RFC9293", "MUST-50")]
    public void IPv4_options_are_skipped_whatever_they_are()
    {
        var tcp = Frames.Tcp(true);
        // A source route, a record route, an overrunning length, and random octets.
        byte[][] kinds =
            [[131, 7, 4, 198, 18, 0, 9, 0], [7, 7, 4, 0, 0, 0, 0, 0], [68, 0xFF, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF]];
        foreach (var options in kinds)
        {
            var frame = Frames.IPv4(IpProtocol.Tcp, tcp, options);
            Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _));
            Assert.Equal(tcp, packet.Payload.ToArray());
        }
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.1.2")]
    public void A_wrong_header_checksum_is_found_when_requested()
    {
        var frame = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true));
        frame[10] ^= 1;

        Assert.Equal(IpParseError.BadChecksum, Error(frame));
        Assert.True(IpPacket.TryParse(frame, verifyChecksum: false, out _, out _));
    }

    [Fact]
    public void Fragments_have_an_error_of_their_own()
    {
        var first = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true));
        first[6] = 0x20;
        Frames.UpdateIPv4Checksum(first);
        var last = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true));
        last[7] = 9;
        Frames.UpdateIPv4Checksum(last);

        Assert.Equal(IpParseError.Fragment, Error(first));
        Assert.Equal(IpParseError.Fragment, Error(last));
        Assert.Equal(
            IpParseError.Fragment,
            Error(Frames.IPv6(IpProtocol.Fragment, Frames.FragmentHeader(IpProtocol.Tcp, 8, more: false))));
        Assert.False(IpPacket.TryParse(last, verifyChecksum: true, out var packet, out _));
        Assert.True(IpFragment.TryRead(packet, out var fragment));
        Assert.Equal(new IpFragment(0, 72, HasMore: false, 20, 9, IpProtocol.Tcp), fragment);
    }

    [Fact]
    [Trait("RFC", "4942 section 2.2")]
    public void Mapped_addresses_are_refused_on_the_wire()
    {
        foreach (var place in new[] { 8, 24 })
        {
            var frame = Frames.IPv6(IpProtocol.Tcp, Frames.Tcp(false));
            frame.AsSpan(place, 10).Clear();
            frame[place + 10] = frame[place + 11] = 0xFF;
            Assert.Equal(IpParseError.MappedAddress, Error(frame));
        }
    }

    [Fact]
    public void Every_error_has_its_input()
    {
        var v4 = Frames.IPv4(IpProtocol.Tcp, Frames.Tcp(true));
        var v6 = Frames.IPv6(IpProtocol.Tcp, Frames.Tcp(false));

        Assert.Equal(IpParseError.Truncated, Error([]));
        Assert.Equal(IpParseError.Truncated, Error(v4[..19]));
        Assert.Equal(IpParseError.Truncated, Error(v6[..39]));
        Assert.Equal(IpParseError.BadVersion, Error([0x50, .. v4[1..]]));
        Assert.Equal(IpParseError.BadHeaderLength, Error([0x44, .. v4[1..]]));
        Assert.Equal(IpParseError.BadTotalLength, Error(v4[..^1]));
        Assert.Equal(IpParseError.BadTotalLength, Error(v6[..^1]));
        Assert.Equal(IpParseError.None, Error(v4));
        Assert.Equal(IpParseError.None, Error(v6));
    }

    private static IpParseError Error(byte[] frame)
    {
        Assert.Equal(
            IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error), error == IpParseError.None);
        Assert.Equal(error is not (IpParseError.None or IpParseError.Fragment), packet.Bytes.IsEmpty);
        return error;
    }
}

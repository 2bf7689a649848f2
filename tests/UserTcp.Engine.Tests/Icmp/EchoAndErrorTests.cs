using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Input;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Icmp;

/// <summary>
/// ICMP echo (RFC 1122 section 3.2.2.6, RFC 4443 section 4.2) and the errors that we send (section 2.4).
/// </summary>
public class EchoAndErrorTests
{
    [Theory]
    [InlineData("4", 0)]
    [InlineData("4", 1)]
    [InlineData("4", 1472)]
    [InlineData("6", 0)]
    [InlineData("6", 56)]
    [InlineData("6", 1452)]
    [Trait("RFC", "1122 section 3.2.2.6")]
    [Trait("RFC", "4443 section 4.2")]
    public void An_echo_reply_returns_the_data(string family, int length)
    {
        var s = new Script(family: family);
        var data = Pattern.Bytes(length);
        var (request, reply) = family == "4"
            ? (IcmpV4.EchoRequest, IcmpV4.EchoReply)
            : (IcmpV6.EchoRequest, IcmpV6.EchoReply);
        s.InjectFrame(Frames.Icmp(s.Peer, s.Host.Address, request, 0, 0xBEEF_0007, data));
        var sent = Read(s);
        Assert.Equal((reply, (byte)0, 0xBEEF_0007u), (sent.Type, sent.Code, sent.Word));
        Assert.Equal(data, sent.Body);
        s.AssertNothingLeft();
        Assert.Equal(1, s.Count(Counter.EchoReplies));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_corrupt_or_misaddressed_message_is_dropped(string family)
    {
        var s = new Script(family: family);
        var frame = DropTests.Echo(s.Peer, s.Host.Address);
        frame[^1] ^= 1;
        s.InjectFrame(frame);
        var icmp = family == "4" ? IpProtocol.Icmp : IpProtocol.IcmpV6;
        s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, icmp, new byte[7]));
        byte[] types = family == "4"
            ? [IcmpV4.EchoReply, IcmpV4.Redirect, 13, 17, 255]
            : [IcmpV6.EchoReply, 133, 134, 135, 136, 137, 255];
        foreach (var type in types)
            s.InjectFrame(Frames.Icmp(s.Peer, s.Host.Address, type, 0, 1, new byte[64]));
        s.ExpectNothing();
        Assert.Equal(2 + types.Length, s.Count(Counter.DroppedIcmp));
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4", 20, 48)]
    [InlineData("4", 1000, 548)]
    [InlineData("6", 20, 68)]
    [InlineData("6", 1400, 1232)]
    [Trait("RFC", "1122 section 4.1.3.1")]
    [Trait("RFC", "4443 section 3.1")]
    public void A_UDP_datagram_draws_port_unreachable_with_the_max_quote(string family, int length, int quoted)
    {
        var s = new Script(family: family);
        var frame = DropTests.Udp(s.Peer, s.Host.Address, length);
        s.InjectFrame(frame);
        var sent = Read(s);
        var expected = family == "4" ? ((byte)3, (byte)3, 0u) : ((byte)1, (byte)4, 0u);
        Assert.Equal(expected, (sent.Type, sent.Code, sent.Word));
        Assert.Equal(frame[..quoted], sent.Body);
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData(68, 40)]
    [InlineData(100, 72)]
    [InlineData(576, 100)]
    public void An_error_fits_the_MTU(int mtu, int quoted)
    {
        var s = new Script(link: new LinkProperties(mtu));
        var frame = DropTests.Udp(s.Peer, s.Host.Address, 72)[..100];

        s.InjectFrame(frame);

        Assert.Equal(frame[..quoted], Read(s).Body);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "1122 section 4.1.3.4")]
    public void A_corrupt_datagram_draws_nothing(string family)
    {
        var s = new Script(family: family);
        var header = family == "4" ? 20 : 40;
        foreach (var at in new[] { header, header + 3, header + 7, header + 10 })
        {
            var frame = DropTests.Udp(s.Peer, s.Host.Address);
            frame[at] ^= 0x10;
            s.InjectFrame(frame);
        }

        foreach (var length in new byte[] { 0, 7, 29 })
        {
            var frame = DropTests.Udp(s.Peer, s.Host.Address);
            (frame[header + 4], frame[header + 5]) = (0, length);
            s.InjectFrame(frame);
        }

        s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, IpProtocol.Udp, new byte[7]));
        s.ExpectNothing();
        Assert.Equal((8, 4), (s.Count(Counter.UdpInErrors), s.Count(Counter.UdpInCsumErrors)));
    }

    [Theory]
    [InlineData("4", true)]
    [InlineData("6", false)]
    [Trait("RFC", "8200 section 8.1")]
    public void A_zero_UDP_checksum_is_valid_over_IPv4_only(string family, bool isAnswered)
    {
        var s = new Script(family: family);
        var frame = DropTests.Udp(s.Peer, s.Host.Address);
        var header = family == "4" ? 20 : 40;
        (frame[header + 6], frame[header + 7]) = (0, 0);
        s.InjectFrame(frame);
        Assert.Equal(isAnswered ? 1 : 0, s.Drain());
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void With_checksum_offload_checksums_are_not_verified(string family)
    {
        var s = new Script(family: family, link: new LinkProperties(1500, ChecksumOffload: true));
        var udp = DropTests.Udp(s.Peer, s.Host.Address);
        udp[family == "4" ? 27 : 47] ^= 1;
        s.InjectFrame(udp);
        Assert.Equal(1, s.Drain());
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.2.1")]
    public void An_unknown_protocol_draws_protocol_unreachable()
    {
        var s = new Script();
        foreach (var protocol in new byte[] { 2, 4, 47, 132 })
        {
            s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, (IpProtocol)protocol, new byte[40]));
            var sent = Read(s);
            Assert.Equal(
                (IcmpV4.DestinationUnreachable, IcmpV4.CodeProtocolUnreachable, 60),
                (sent.Type, sent.Code, sent.Body.Length));
        }

        Assert.Equal(4, s.Count(Counter.DroppedProtocol));
    }

    /// <summary>The next header of the IPv6 header, its payload, and the offset of the unknown next header.</summary>
    public static TheoryData<byte, byte[], uint> UnknownNextHeaders => new()
    {
        { 47, new byte[40], 6 },
        { 1, new byte[40], 6 },
        { 60, [132, 0, 1, 4, 0, 0, 0, 0, .. new byte[40]], 40 },
        { 0, [60, 0, 1, 4, 0, 0, 0, 0, 253, 0, 1, 4, 0, 0, 0, 0, .. new byte[8]], 48 },
        { 60, [0, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0], 40 },
    };

    [Theory]
    [MemberData(nameof(UnknownNextHeaders))]
    [Trait("RFC", "8200 section 4")]
    [Trait("RFC", "4443 section 3.4")]
    public void An_unknown_next_header_draws_a_parameter_problem_with_its_pointer(
        byte protocol, byte[] payload, uint pointer)
    {
        var s = new Script(family: "6");
        var frame = Frames.Ip(s.Peer, s.Host.Address, (IpProtocol)protocol, payload);
        s.InjectFrame(frame);
        var sent = Read(s);
        Assert.Equal(
            (IcmpV6.ParameterProblem, IcmpV6.CodeUnrecognizedNextHeader, pointer), (sent.Type, sent.Code, sent.Word));
        Assert.Equal(frame, sent.Body);
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC", "8200 section 4")]
    [Trait("RFC", "4443 section 2.4")]
    public void Parameter_problems_are_rate_limited()
    {
        var s = new Script(new EngineOptions { IcmpErrorsPerSecond = 10 }, family: "6");
        for (var i = 0; i < 100; i++)
            s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, (IpProtocol)47, new byte[40]));
        Assert.Equal((10, 90), (s.Drain(), s.Count(Counter.IcmpRateLimited)));
    }

    [Fact]
    [Trait("RFC", "8200 section 4.7")]
    public void No_next_header_draws_no_error()
    {
        var s = new Script(family: "6");
        s.InjectFrame(Frames.Ip(s.Peer, s.Host.Address, IpProtocol.NoNext, new byte[8]));
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.DroppedProtocol));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "1122 section 3.2.2")]
    [Trait("RFC", "4443 section 2.4 e")]
    public void An_ICMP_error_draws_no_ICMP_error(string family)
    {
        var s = new Script(family: family);
        for (var type = 0; type < 256; type++)
        {
            if (type == (family == "4" ? IcmpV4.EchoRequest : IcmpV6.EchoRequest))
                continue;
            for (byte code = 0; code < 16; code++)
            {
                s.InjectFrame(
                    Frames.Icmp(s.Peer, s.Host.Address, (byte)type, code, 0, DropTests.Udp(s.Host.Address, s.Peer)));
            }
        }

        s.ExpectNothing();
        Assert.Equal(0, s.Count(Counter.IcmpErrorsSent));
    }

    [Fact]
    [Trait("RFC", "4443 section 2.4 f")]
    public void Errors_are_limited_per_host_without_a_side_channel()
    {
        var s = new Script(new EngineOptions { IcmpErrorsPerSecond = 5 });
        Assert.Equal(5, SendTo(s, s.Peer, 20));
        Assert.Equal(15, s.Count(Counter.IcmpRateLimited));
        Assert.Equal(5, SendTo(s, IpAddress.FromIPv4(0xC612_0009), 20));
        s.PassMilliseconds(999);
        Assert.Equal(0, SendTo(s, s.Peer, 20));
        s.PassMilliseconds(1);
        Assert.Equal(5, SendTo(s, s.Peer, 20));

        var silent = new Script(new EngineOptions { IcmpErrorsPerSecond = 0 });
        Assert.Equal(0, SendTo(silent, silent.Peer, 5));
    }

    [Fact]
    public void Queued_replies_are_bounded_and_release_their_blocks()
    {
        var s = new Script(new EngineOptions { MaxPendingReplies = 8, IcmpErrorsPerSecond = 1000 });
        s.InjectBatch(
        [
            .. Enumerable.Repeat(DropTests.Echo(s.Peer, s.Host.Address), 50),
            .. Enumerable.Repeat(DropTests.Udp(s.Peer, s.Host.Address), 50),
        ]);
        Assert.Equal(8, s.Drain());
        Assert.Equal(92, s.Count(Counter.DroppedReply));
        s.AssertNothingLeft();
    }

    private static int SendTo(Script s, IpAddress source, int count)
    {
        for (var i = 0; i < count; i++)
            s.InjectFrame(DropTests.Udp(source, s.Host.Address));
        return s.Drain();
    }

    private static (byte Type, byte Code, uint Word, byte[] Body) Read(Script s)
    {
        var frame = s.DequeueFrame();
        Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _));
        Assert.Equal((s.Host.Address, s.Peer), (packet.Source, packet.Destination));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out var message));
        Assert.True(message.HasValidChecksum(packet.Source, packet.Destination));
        return (message.Type, message.Code, message.Rest, message.Body.ToArray());
    }
}

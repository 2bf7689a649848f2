using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>Each link type leads to the same TCP segment.</summary>
public class LinkHeaderTests
{
    public static TheoryData<uint, byte[]> Links => new()
    {
        { 101, [] },
        { 228, [] },
        { 1, [.. new byte[12], 0x08, 0x00] },
        { 1, [.. new byte[12], 0x81, 0x00, 0, 5, 0x08, 0x00] },
        { 1, [.. new byte[12], 0x88, 0xA8, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00] },
        { 113, [.. new byte[14], 0x08, 0x00] },
        { 276, [0x08, 0x00, .. new byte[18]] },
        { 0, [2, 0, 0, 0] },
        { 0, [0, 0, 0, 2] },
        { 108, [0, 0, 0, 2] },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void The_segment_behind_a_link_header_is_found(uint linkType, byte[] header)
    {
        var packets = new Talk().Open().Packets
            .Select(packet => (packet.Nanoseconds, Bytes: header.Concat(packet.Bytes).ToArray()));
        var conversations = Read(CaptureFile.Pcap(packets, linkType));

        Assert.Equal(3, Assert.Single(conversations.All).SegmentCount);
    }

    [Theory]
    [InlineData(1u, new byte[] { 0x08, 0x06 })]
    [InlineData(147u, new byte[] { 0x08, 0x00 })]
    public void Another_protocol_or_link_type_is_counted(uint linkType, byte[] protocol)
    {
        var conversations = Read(CaptureFile.Pcap([(0, [.. new byte[12], .. protocol, .. new byte[40]])], linkType));

        Assert.Empty(conversations.All);
        Assert.Equal(1, conversations.OtherPackets);
    }

    [Fact]
    public void A_packet_that_was_cut_behind_its_headers_counts_with_its_whole_length()
    {
        var talk = new Talk().Open().C(Wire.TcpFlags.Ack, 1, 1, 1000);
        var conversations = Read(CaptureFile.Pcap(talk.Packets, cut: 60));

        var explained = Assert.Single(conversations.All).Explain(ConversationEnd.Acceptor).Last().Explained;
        Assert.Equal("data: 1,000 bytes", explained.Say());
        Assert.Equal(1, conversations.CutPackets);
    }

    [Fact]
    public void A_packet_without_its_tcp_header_is_unusable()
    {
        var conversations = Read(CaptureFile.Pcap(new Talk().Open().Packets, cut: 30));

        Assert.Empty(conversations.All);
        Assert.Equal(3, conversations.UnusablePackets);
    }

    private static CapturedConversations Read(byte[] file)
    {
        var conversations = new CapturedConversations();
        var reader = CaptureReader.Open(new MemoryStream(file));
        while (reader.TryRead(out var packet))
            conversations.Add(packet);
        return conversations;
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>What passes a link is explained while it passes.</summary>
public sealed class LiveInferenceTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    private static readonly LinkVerdict Lost = new() { Kind = LinkVerdictKind.Lost };

    [Fact]
    public void A_conversation_without_a_loss_is_explained_as_in_a_capture() => Assert.Equal(
        Talks.Closed().Sentences(ConversationEnd.Opener),
        Explain(Talks.Closed()).Select(one => one.Say()));

    [Fact]
    public void What_the_link_loses_has_not_arrived()
    {
        var events = LostArrivals();

        var ladder = new StringWriter();
        new LadderPrinter(ladder, LineStyle.Plain).Print(events);
        Assert.Matches(
            @"ESTABLISHED +x-+ACK-- ESTABLISHED +seq=1 .* the peer's segment does not arrive", ladder.ToString());
        Assert.Matches(@"\* the link lost ACK seq=1 len=1000 of the peer: chance", ladder.ToString());
        Assert.Matches(@"<-+ACK-- .*out of order: 1,000 bytes beyond the hole 1-1001", ladder.ToString());
        Assert.Matches(@"ESTABLISHED +x-+FIN,ACK-- FIN-WAIT-1", ladder.ToString());
        Assert.Equal(TcpState.Established, events[^1].Event.Segment.After);
        Assert.Equal([false, false, false, true, false, false, true, false, false], events.Select(one => one.IsLost));
    }

    [Fact]
    public void A_lost_segment_of_the_opener_leaves_the_other_end_as_it_was()
    {
        var talk = new Talk().Open().C(FinAck, 1, 1).C(FinAck, 1, 1, at: 300).S(Ack, 1, 2, at: 20);

        var events = Explain(talk, lost: [4]).Where(one => one.Event.Kind == TraceEventKind.Segment).ToArray();

        Assert.True(events[3].IsLost);
        Assert.StartsWith("retransmission: ", events[4].Say(), StringComparison.Ordinal);
        Assert.Equal(TcpState.CloseWait, events[5].PeerState);
    }

    [Fact]
    public void Ports_that_are_used_again_begin_a_new_conversation()
    {
        var live = new LiveInference(maxConversations: 1);
        foreach (var start in new uint[] { 0, 5000 })
        {
            foreach (var (nanoseconds, bytes) in new Talk().C(TcpFlags.Syn, start, 0).Packets)
            {
                var said = Add(live, nanoseconds, bytes, [])[0].Say();
                Assert.StartsWith("SYN: active open", said, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Another_protocol_gives_nothing()
    {
        byte[] datagram = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Empty(Add(new LiveInference(), 0, datagram, []));
    }

    /// <summary>Of three segments of the peer the first and the third are lost.</summary>
    internal static List<ExplainedEvent> LostArrivals() => Explain(
        new Talk().Open().S(Ack, 1, 1, 1000).S(Ack, 1001, 1, 1000).S(FinAck, 2001, 1).C(Ack, 1, 1, at: 10),
        lost: [4, 6]);

    private static List<ExplainedEvent> Explain(Talk talk, params int[] lost)
    {
        var live = new LiveInference();
        var events = new List<ExplainedEvent>();
        foreach (var (nanoseconds, bytes) in talk.Packets)
        {
            var number = talk.Packets.ToList().FindIndex(one => one.Bytes == bytes) + 1;
            events.AddRange(Add(live, nanoseconds, bytes, lost.Contains(number) ? [Lost] : []));
        }

        return events;
    }

    private static IReadOnlyList<ExplainedEvent> Add(
        LiveInference live, long nanoseconds, byte[] bytes, IReadOnlyList<LinkVerdict> verdicts)
    {
        var header = TcpHeaderOf(bytes);
        return live.Add(
            new CapturedPacket { LinkType = 101, Bytes = bytes, Length = bytes.Length, Nanoseconds = nanoseconds },
            [.. verdicts.Select(verdict => verdict with { Header = header.Header, PayloadLength = header.Length })]);
    }

    private static (TcpHeader Header, int Length) TcpHeaderOf(byte[] bytes) =>
        IpPacket.TryParse(bytes, verifyChecksum: false, out var packet, out _)
        && packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var tcp)
            ? (Header(tcp), tcp.Payload.Length)
            : default;

    private static TcpHeader Header(in TcpSegment tcp) =>
        new(tcp.SourcePort, tcp.DestinationPort, tcp.Seq, tcp.Ack, tcp.Flags, tcp.Window);
}

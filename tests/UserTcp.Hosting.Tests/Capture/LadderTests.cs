using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>The printed ladder, its words and its limits.</summary>
public sealed class LadderTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;
    private const TcpFlags PshAck = TcpFlags.Psh | TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    [Fact]
    public void A_conversation_has_a_handshake_a_transfer_and_a_teardown()
    {
        var ladder = new Ladder();
        foreach (var segment in Story())
            ladder.OnEvent(Segments.Event(segment));
        using var text = new StringWriter { NewLine = "\n" };

        ladder.Print(text, Segments.Conversation);

        Assert.Equal(
            """
              us 198.18.0.2 port 80, ISS 4294967294   peer 198.18.0.1 port 40000, ISS 2147483647   (SEQ and ACK relative)
              -- handshake --
                  0.000 ms  SYN-RECEIVED <---------SYN-- SYN-SENT     seq=0         ack=-         len=0      win=65535    SYN: the peer opens (MSS 1460, window scale 7)
                  0.100 ms  SYN-RECEIVED --SYN,ACK-----> ESTABLISHED  seq=0         ack=1         len=0      win=65535    SYN,ACK: reply to the SYN (MSS 1460, window scale 7)
                  0.250 ms  ESTABLISHED  <---------ACK-- ESTABLISHED  seq=1         ack=1         len=0      win=65535    ACK: handshake complete
              -- transfer --
                  1.000 ms  ESTABLISHED  <-----PSH,ACK-- ESTABLISHED  seq=1         ack=1         len=1      win=65535    data: 1 byte
                  1.500 ms  ESTABLISHED  --PSH,ACK-----> ESTABLISHED  seq=1         ack=2         len=3000   win=65535    data: 3,000 bytes
                  1.700 ms  ESTABLISHED  <---------ACK-- ESTABLISHED  seq=2         ack=3001      len=0      win=65535    ACK: nothing new
              -- teardown --
                  2.000 ms  CLOSE-WAIT   <-----FIN,ACK-- FIN-WAIT-1   seq=2         ack=3001      len=0      win=65535    FIN: the peer has no more to send
                  2.100 ms  LAST-ACK     --FIN,ACK-----> FIN-WAIT-2   seq=3001      ack=3         len=0      win=65535    FIN: we have no more to send
               1234.500 ms  CLOSED       <---------ACK-- TIME-WAIT    seq=3         ack=3002      len=0      win=65535    ACK of our FIN; connection closed

            """, text.ToString());
    }

    [Fact]
    public void A_Korean_ladder_has_Korean_headings()
    {
        var ladder = new Ladder();
        foreach (var segment in Story())
            ladder.OnEvent(Segments.Event(segment));
        using var text = new StringWriter { NewLine = "\n" };

        ladder.Print(text, Segments.Conversation, LineStyle.Plain with { Language = Language.Korean });

        var lines = text.ToString().Split('\n');
        Assert.Equal(
            "  이쪽 198.18.0.2 포트 80, ISS 4294967294   상대 198.18.0.1 포트 40000, ISS 2147483647   "
            + "(SEQ와 ACK는 상댓값)", lines[0]);
        Assert.Equal(
            ["  -- 연결 설정 --", "  -- 전송 --", "  -- 연결 해제 --"],
            lines.Where(line => line.StartsWith("  --", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_narrow_ladder_has_the_sentence_below_the_arrow()
    {
        var ladder = new Ladder();
        ladder.OnEvent(Segments.Event(Story().First()));
        using var text = new StringWriter { NewLine = "\n" };

        ladder.Print(text, Segments.Conversation, new LineStyle { Width = 60 });

        Assert.Equal(
            """
              -- handshake --
                  0.000 ms  SYN-RECEIVED <---------SYN-- SYN-SENT
                             seq=0         ack=-         len=0      win=65535
                             SYN: the peer opens (MSS 1460, window
                             scale 7)

            """, string.Join('\n', text.ToString().Split('\n')[1..]));
    }

    [Fact]
    public void A_line_has_number_time_connection_direction_header_state_and_sentence() => Assert.Equal(
        "#1          0.002100 198.18.0.2:80 198.18.0.1:40000 -> FIN,ACK     seq=3001      ack=3         len=0      "
        + "win=65535    LAST-ACK: FIN: we have no more to send",
        Line(Segments.Sent(2.1, FinAck, 3001, 3, 0, TcpState.LastAck, SegmentReason.Close)));

    [Fact]
    public void Sent_SACK_blocks_are_relative_to_the_peers_ISN()
    {
        var blocks = default(SackBlocks);
        var sent = Segments.Sent(
            2.1, TcpFlags.Ack, 1, 1001, 0, TcpState.Established, SegmentReason.AcknowledgeEverySecond);
        blocks.TryAdd(new SackBlock(sent.Irs!.Value + 3001, sent.Irs.Value + 4001));
        blocks.TryAdd(new SackBlock(sent.Irs.Value + 1501, sent.Irs.Value + 2001));
        Assert.EndsWith(
            "ack=1001      len=0      win=65535    sack=3001-4001,1501-2001 ESTABLISHED: immediate ACK: second "
            + "full-sized segment; SACK: 3001-4001, 1501-2001 has arrived",
            Line(sent with { Sack = blocks }), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_initial_numbers_the_numbers_are_absolute_and_say_so()
    {
        var segment = Segments.Received(
            0, TcpFlags.Ack, 5, 9, 0, TcpState.Closed, TcpState.Closed, Disposition.NoConnection) with
        {
            Iss = null,
            Irs = null,
        };

        Assert.EndsWith(
            "<- ACK         seq=#2147483652 ack=#7        len=0      win=65535    CLOSED: no such connection",
            Line(segment), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TcpFlags.None, "none")]
    [InlineData(SynAck, "SYN,ACK")]
    [InlineData(TcpFlags.Rst, "RST")]
    [InlineData(TcpFlags.Fin | TcpFlags.Psh | TcpFlags.Ack, "FIN,PSH,ACK")]
    [InlineData((TcpFlags)0xFF, "SYN,FIN,RST,PSH,ACK,URG,ECE,CWR")]
    public void Control_bits_are_printed_by_name(TcpFlags flags, string words) =>
        Assert.Equal(words, SegmentLine.Flags(flags));

    [Fact]
    public void States_are_printed_as_in_the_RFC() => Assert.Equal(
        [
            "CLOSE-WAIT", "CLOSED", "CLOSING", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "LAST-ACK", "LISTEN",
            "SYN-RECEIVED", "SYN-SENT", "TIME-WAIT",
        ],
        Enum.GetValues<TcpState>().Select(SegmentLine.State).Order(StringComparer.Ordinal));

    [Fact]
    public void Segments_beyond_the_limits_are_counted_and_not_kept()
    {
        var ladder = new Ladder(maxConversations: 2, maxEvents: 3);
        for (ushort port = 1; port <= 3; port++)
        {
            for (var count = 0; count < 4; count++)
            {
                ladder.OnEvent(Segments.Event(
                    Segments.Sent(port, TcpFlags.Ack, 1, 1, 0, TcpState.Established, SegmentReason.DelayedAck) with
                    {
                        Tuple = Segments.Tuple(port),
                    }));
            }
        }

        Assert.Equal([Segments.Tuple(1), Segments.Tuple(2)], ladder.Conversations);
        Assert.Equal([3, 3, 0], new ushort[] { 1, 2, 3 }.Select(port => ladder.Segments(Segments.Tuple(port)).Count));
        Assert.Equal(1 + 1 + 4, ladder.Omitted);
    }

    [Fact]
    public void An_unknown_conversation_prints_nothing()
    {
        using var text = new StringWriter();

        new Ladder().Print(text, Segments.Conversation);

        Assert.Empty(text.ToString());
    }

    private static string? Line(SegmentObservation segment) =>
        new EventLine(LineStyle.Plain).Format(new EventExplainer().Explain(Segments.Event(segment)));

    private static IEnumerable<SegmentObservation> Story() =>
    [
        Segments.Received(10, TcpFlags.Syn, 0, 0, 0, TcpState.Listen, TcpState.SynReceived, Disposition.Opened),
        Segments.Sent(10.1, SynAck, 0, 1, 0, TcpState.SynReceived, SegmentReason.AnswerSyn),
        Segments.Received(10.25, TcpFlags.Ack, 1, 1, 0, TcpState.SynReceived, TcpState.Established),
        Segments.Received(11, PshAck, 1, 1, 1, TcpState.Established, TcpState.Established),
        Segments.Sent(11.5, PshAck, 1, 2, 3000, TcpState.Established, SegmentReason.Data),
        Segments.Received(11.7, TcpFlags.Ack, 2, 3001, 0, TcpState.Established, TcpState.Established),
        Segments.Received(12, FinAck, 2, 3001, 0, TcpState.Established, TcpState.CloseWait),
        Segments.Sent(12.1, FinAck, 3001, 3, 0, TcpState.LastAck, SegmentReason.Close),
        Segments.Received(1244.5, TcpFlags.Ack, 3, 3002, 0, TcpState.LastAck, TcpState.Closed),
    ];
}

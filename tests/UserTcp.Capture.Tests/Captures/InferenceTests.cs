using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>What is inferred of both ends from the segments between them.</summary>
public class InferenceTests
{
    [Fact]
    public void A_whole_conversation_is_explained_from_the_side_of_the_server()
    {
        Assert.Equal(
            [
                "SYN: the peer opens (MSS 1460, window scale 3, SACK)",
                "SYN,ACK: reply to the SYN (MSS 1460, window scale 3, SACK)",
                "ACK: handshake complete",
                "data: 100 bytes",
                "delayed ACK: no data carried it in time",
                "data: 50 bytes",
                "ACK of 50 bytes; FIN: the peer has no more to send",
                "FIN: we have no more to send",
                "ACK of our FIN; connection closed",
            ],
            Talks.Closed().Sentences());
    }

    [Fact]
    public void The_same_conversation_is_explained_from_the_side_of_the_client()
    {
        Assert.Equal(
            [
                "SYN: active open (MSS 1460, window scale 3, SACK)",
                "SYN,ACK: the peer accepts (MSS 1460, window scale 3, SACK)",
                "ACK: handshake complete",
                "data: 100 bytes",
                "ACK of 100 bytes",
                "data: 50 bytes",
                "FIN: we have no more to send",
                "ACK of our FIN; FIN: the peer has no more to send",
                "ACK of the peer's FIN; TIME-WAIT lasts 2 MSL",
            ],
            Talks.Closed().Sentences(ConversationEnd.Opener));
    }

    [Fact]
    public void States_of_both_ends_are_followed()
    {
        var states = Talks.Crossed().ReadOne().Explain(ConversationEnd.Opener)
            .Select(captured => (captured.Explained.Event.Segment.After, captured.Explained.PeerState)).ToArray();

        Assert.Equal(
            [
                TcpState.SynSent, TcpState.Established, TcpState.Established, TcpState.FinWait1, TcpState.Closing,
                TcpState.Closing, TcpState.TimeWait,
            ],
            states.Select(pair => pair.After));
        Assert.Equal(TcpState.TimeWait, states[^1].PeerState);
    }

    [Fact]
    public void A_loss_behind_the_capture_point_is_found_by_sack()
    {
        var talk = Talks.LostWithSack();

        Assert.Equal(
            "retransmission: fast retransmit, SACK reports 5,000 bytes above it; frame 6 had sent it 24.5 ms "
            + "before: lost after the capture point, or its ACK was lost or late",
            talk.Sentences(ConversationEnd.Opener)[15]);
        // The server lacked it: it fills the hole there, though it passed the capture point twice.
        Assert.Equal(ReasonId.FillsHole, talk.Reasons()[15][0]);
        Assert.Contains(ReasonId.AcknowledgeOutOfOrder, talk.Reasons()[12]);
        Assert.Contains(ReasonId.RecoveryEnds, talk.Reasons(ConversationEnd.Opener)[16]);
    }

    [Fact]
    public void Three_duplicate_acks_and_a_partial_ack_are_told_apart()
    {
        var reasons = Talks.LostWithDuplicateAcks().Reasons(ConversationEnd.Opener);

        Assert.Equal(ReasonId.CauseDuplicateAcks, reasons[15][0]);
        Assert.Contains(ReasonId.PartialAck, reasons[16]);
        Assert.Equal(ReasonId.CauseRecovery, reasons[17][0]);
    }

    [Fact]
    public void A_timeout_is_named_with_its_length()
    {
        var sentences = Talks.Timeout().Sentences(ConversationEnd.Opener);

        Assert.StartsWith(
            "retransmission: timeout (RTO), no ACK for 1.2 s; frame 5", sentences[8], StringComparison.Ordinal);
        Assert.StartsWith(
            "retransmission: the recovery that frame 9 began goes on", sentences[10], StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_segment_after_two_round_trips_is_a_tail_loss_probe() =>
        Assert.Equal(ReasonId.CauseTailLossProbe, Talks.TailLossProbe().Reasons(ConversationEnd.Opener)[8][0]);

    [Fact]
    public void A_later_dsack_makes_a_retransmission_spurious()
    {
        var talk = Talks.Spurious();

        Assert.Contains("spurious: the D-SACK of frame 7 says that it arrived twice", talk.Sentences()[5]);
        Assert.Contains(ReasonId.AlreadyReceived, talk.Reasons()[5]);
    }

    [Fact]
    public void A_retransmission_behind_its_ack_is_spurious() =>
        Assert.Contains(ReasonId.SpuriousByAck, Talks.SpuriousByAck().Reasons()[6]);

    [Fact]
    public void A_zero_window_its_probes_and_its_end_are_found()
    {
        var reasons = Talks.ZeroWindow().Reasons(ConversationEnd.Opener);

        Assert.Contains(ReasonId.WindowClosed, reasons[11]);
        Assert.Equal(ReasonId.ZeroWindowProbe, reasons[12][0]);
        Assert.Contains(ReasonId.ProbeAnswer, reasons[13]);
        Assert.Contains(ReasonId.WindowOpened, reasons[16]);
        Assert.Contains(ReasonId.SenderWindowClosed, Talks.ZeroWindow().Reasons()[11]);
    }

    [Fact]
    public void A_keep_alive_and_its_answer_are_found()
    {
        Assert.Equal([ReasonId.KeepAlive], Talks.KeepAlive().Reasons(ConversationEnd.Opener)[5]);
        Assert.Equal([ReasonId.KeepAliveArrived], Talks.KeepAlive().Reasons()[5]);
        Assert.Equal(ReasonId.KeepAliveAnswered, Talks.KeepAlive().Reasons()[6][0]);
    }

    [Fact]
    public void A_simultaneous_open_is_followed()
    {
        var talk = Talks.SimultaneousOpen();

        Assert.Contains(ReasonId.SynCrosses, talk.Reasons(ConversationEnd.Opener)[1]);
        Assert.Equal(
            TcpState.Established,
            talk.ReadOne().Explain(ConversationEnd.Opener).Last().Explained.Event.Segment.After);
    }

    [Fact]
    public void A_capture_from_the_middle_is_explained_with_numbers_from_the_first_segment()
    {
        var talk = Talks.FromTheMiddle();

        Assert.Equal(
            ["data: 1,000 bytes", "data: 1,000 bytes", "data: 1,000 bytes"], talk.Sentences().Take(3));
        Assert.Equal("ACK of 500 bytes", talk.Sentences()[5]);
        Assert.Contains(
            talk.Summary(), line => line.StartsWith("the capture begins in the middle", StringComparison.Ordinal));
    }

    [Fact]
    public void One_direction_alone_reports_no_losses()
    {
        var talk = Talks.OneWay();

        Assert.All(talk.Reasons(), reasons => Assert.DoesNotContain(ReasonId.AckOfUncaptured, reasons));
        Assert.Contains("only one direction is in the capture: what the other end did is not known", talk.Summary());
    }

    [Fact]
    public void Timestamps_show_reordering()
    {
        var reasons = Talks.Reordered().Reasons();

        Assert.Equal([ReasonId.OutOfOrder, ReasonId.CaptureGap], reasons[4]);
        Assert.Equal([ReasonId.FillsHole, ReasonId.ReorderedBefore], reasons[5]);
    }

    [Fact]
    public void A_loss_before_the_capture_point_has_no_original()
    {
        var reasons = Talks.LostBefore().Reasons();

        Assert.Equal([ReasonId.FillsHole, ReasonId.CauseSack, ReasonId.OriginalNotCaptured], reasons[8]);
    }

    [Fact]
    public void The_same_frame_twice_is_no_retransmission()
    {
        var talk = Talks.Duplicated();

        Assert.Equal(ReasonId.DuplicatedFrame, talk.Reasons(ConversationEnd.Opener)[4][0]);
        Assert.Contains("192.0.2.1:40000 retransmitted none of 2 data segments", talk.Summary());
    }

    [Fact]
    public void A_wrong_checksum_never_arrives()
    {
        var talk = Talks.Corrupted();

        Assert.Equal("wrong checksum: the receiver drops it", talk.Sentences()[3]);
        Assert.Equal(ReasonId.DataArrived, talk.Reasons()[4][0]);
    }

    [Fact]
    public void An_ack_of_what_was_not_captured_says_so() =>
        Assert.Contains(ReasonId.AckOfUncaptured, Talks.Missed().Reasons(ConversationEnd.Opener)[4]);

    [Fact]
    public void A_new_syn_with_the_same_ports_begins_another_conversation()
    {
        var talk = Talks.Closed().C(TcpFlags.Syn, 500_000, 0, at: 1000).S(TcpFlags.Rst | TcpFlags.Ack, 0, 500_001);

        Assert.Equal([9, 2], talk.Read().All.Select(conversation => conversation.SegmentCount));
    }

    [Fact]
    public void A_syn_that_is_answered_again_is_a_retransmission()
    {
        Assert.Equal(ReasonId.CauseTimeout, Talks.SynAgain().Reasons(ConversationEnd.Opener)[2][0]);
        Assert.Equal(ReasonId.SynAgain, Talks.SynAgain().Reasons()[2][0]);
        Assert.Equal(ReasonId.SynAnsweredAgain, Talks.SynAgain().Reasons()[3][0]);
    }

    [Fact]
    public void Every_retransmission_is_found_by_grep()
    {
        var causes = Talks.All.SelectMany(talk => talk.Phrases()).Where(phrase => phrase.Reason.Id is
            ReasonId.CauseSack or ReasonId.CauseDuplicateAcks or ReasonId.CauseRecovery or ReasonId.CauseTimeout
            or ReasonId.CauseTailLossProbe or ReasonId.CauseUnknown).ToList();

        Assert.NotEmpty(causes);
        Assert.All(causes, phrase => Assert.StartsWith("retransmission: ", phrase.Say(), StringComparison.Ordinal));
    }
}

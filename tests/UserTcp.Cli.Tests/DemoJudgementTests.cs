using UserTcp.Capture.Explaining;
using UserTcp.Cli.Commands;
using UserTcp.Engine.Contract;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The demo is right when the page, the states and the last ACK are there.</summary>
public sealed class DemoJudgementTests
{
    private const int PageSize = 3000;
    private const uint Request = 84;
    private const uint Response = 3118;

    private static readonly TcpState[] ServerClosesFirst =
        [TcpState.SynReceived, TcpState.Established, TcpState.FinWait1, TcpState.TimeWait];

    private static readonly SeqNum Iss = new(uint.MaxValue - 1);
    private static readonly SeqNum Irs = new(int.MaxValue);

    /// <summary>
    /// Our end closes first; the last ACK is ours, and follows the peer's FIN, with which TIME-WAIT has begun.
    /// </summary>
    private static readonly SegmentObservation[] Whole =
    [
        Received(TcpFlags.Syn, 0, 0, TcpState.SynReceived),
        Sent(TcpFlags.Syn | TcpFlags.Ack, 0, 1, TcpState.SynReceived, SegmentReason.AnswerSyn),
        Received(TcpFlags.Ack, 1, 1, TcpState.Established),
        Received(TcpFlags.Ack, 1, 1, TcpState.Established),
        Sent(TcpFlags.Ack, 1, 1 + Request, TcpState.Established, SegmentReason.Data),
        Received(TcpFlags.Ack, 1 + Request, 1 + Response, TcpState.Established),
        Sent(TcpFlags.Fin | TcpFlags.Ack, 1 + Response, 1 + Request, TcpState.FinWait1, SegmentReason.Close),
        Received(TcpFlags.Fin | TcpFlags.Ack, 1 + Request, 2 + Response, TcpState.TimeWait),
        Sent(TcpFlags.Ack, 2 + Response, 2 + Request, TcpState.TimeWait, SegmentReason.AcknowledgeFin),
    ];

    [Fact]
    public void A_whole_conversation_is_right()
    {
        Assert.True(DemoJudgement.HasLastAck(Whole));
        Assert.Empty(DemoJudgement.FindFaults(Whole, ServerClosesFirst, PageSize, PageSize));
    }

    [Theory]
    [InlineData(TcpState.TimeWait, true, "")]
    [InlineData(TcpState.LastAck, true, "the kernel is in LAST-ACK at the end, not in TIME-WAIT")]
    [InlineData(TcpState.TimeWait, false, "the kernel has not said its states")]
    public void The_kernel_has_to_say_the_right_last_state(TcpState state, bool says, string fault)
    {
        var explainer = new EventExplainer();
        ExplainedEvent[] events =
        [
            .. Whole.Select(segment => explainer.Explain(new TraceEvent
            {
                Kind = TraceEventKind.Segment,
                Time = segment.Time,
                Tuple = segment.Tuple,
                Iss = segment.Iss,
                Irs = segment.Irs,
                Segment = segment,
            })),
        ];
        events[^1] = events[^1] with { PeerState = state, IsPeerStateRead = says };

        Assert.Equal(fault, string.Join('|', DemoJudgement.FindKernelFaults(events, TcpState.TimeWait)));
        Assert.Equal(
            $"The kernel itself has said {(says ? 1 : 0)} of the 9 states on the right (sock_diag).",
            DemoJudgement.SayKernelStates(events));
    }

    [Fact]
    public void TIME_WAIT_without_the_last_ACK_is_not()
    {
        var early = Whole[..^1];

        Assert.Equal(TcpState.TimeWait, early[^1].After);
        Assert.False(DemoJudgement.HasLastAck(early));
        Assert.Equal(
            ["the last ACK is not there"], DemoJudgement.FindFaults(early, ServerClosesFirst, PageSize, PageSize));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void No_earlier_ACK_is_the_last_one(int segments) =>
        Assert.False(DemoJudgement.HasLastAck(Whole[..segments]));

    [Fact]
    public void An_ACK_that_leaves_the_FIN_out_does_not_acknowledge_it()
    {
        var without = Sent(TcpFlags.Ack, 2 + Response, 1 + Request, TcpState.TimeWait, SegmentReason.AcknowledgeFin);

        Assert.False(DemoJudgement.HasLastAck([.. Whole[..^1], without]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(PageSize - 1)]
    [InlineData(PageSize + 1)]
    public void A_page_of_another_size_is_wrong(int received) => Assert.Equal(
        [$"the client received {received} of 3000 bytes"],
        DemoJudgement.FindFaults(Whole, ServerClosesFirst, received, PageSize));

    [Fact]
    public void A_state_that_was_never_visited_is_wrong() => Assert.Equal(
        ["our end was never in CLOSE-WAIT"], DemoJudgement.FindFaults(Whole, [TcpState.CloseWait], PageSize, PageSize));

    [Theory]
    [InlineData(SegmentReason.RetransmissionTimeout)]
    [InlineData(SegmentReason.FastRetransmit)]
    public void A_retransmission_is_wrong(SegmentReason reason)
    {
        var again = Sent(TcpFlags.Ack, 1, 1 + Request, TcpState.Established, reason);

        Assert.Equal(
            ["a segment was retransmitted"],
            DemoJudgement.FindFaults([again, .. Whole], ServerClosesFirst, PageSize, PageSize));
    }

    private static SegmentObservation Sent(TcpFlags flags, uint seq, uint ack, TcpState after, SegmentReason reason) =>
        Make(flags, Iss + seq, Irs + ack, after) with { Sent = true, Reason = reason };

    private static SegmentObservation Received(TcpFlags flags, uint seq, uint ack, TcpState after) =>
        Make(flags, Irs + seq, Iss + ack, after);

    private static SegmentObservation Make(TcpFlags flags, SeqNum seq, SeqNum ack, TcpState after) => new()
    {
        Time = default,
        Sent = false,
        Tuple = default,
        Header = new TcpHeader(new Port(80), new Port(40_000), seq, ack, flags, 65_535),
        PayloadLength = 0,
        Window = 65_535,
        Before = after,
        After = after,
    };
}

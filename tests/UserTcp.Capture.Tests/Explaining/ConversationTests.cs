using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>What the explainer remembers of a connection.</summary>
public sealed class ConversationTests
{
    private const int SegmentLength = 100;

    [Fact]
    public void Acknowledged_segments_are_forgotten_but_for_the_last_ones()
    {
        var conversation = new Conversation();
        for (var i = 0; i < 1000; i++)
        {
            Send(conversation, i);
            // Ten are in flight.
            conversation.ForgetAcknowledged(SeqOf(i - 9));
        }

        Assert.Null(conversation.FindSent(SeqOf(800)));
        for (var i = 1000 - 10 - 64; i < 1000; i++)
            Assert.Equal(i + 1, conversation.FindSent(SeqOf(i))?.Number);
    }

    [Fact]
    public void Segments_in_flight_are_remembered()
    {
        var conversation = new Conversation();
        for (var i = 0; i < 2000; i++)
        {
            Send(conversation, i);
            conversation.ForgetAcknowledged(SeqOf(0));
        }

        Assert.Equal(1, conversation.FindSent(SeqOf(0))?.Number);
    }

    [Fact]
    public void All_may_be_acknowledged()
    {
        var conversation = new Conversation();
        for (var i = 0; i < 1000; i++)
            Send(conversation, i);

        conversation.ForgetAcknowledged(SeqOf(1000));

        Assert.Null(conversation.FindSent(SeqOf(935)));
        Assert.Equal(937, conversation.FindSent(SeqOf(936))?.Number);
    }

    private static SeqNum SeqOf(int index) =>
        new SeqNum(uint.MaxValue - 5000) + unchecked((uint)(index * SegmentLength));

    private static void Send(Conversation conversation, int index) => conversation.RecordSent(new SentSegment(
        new ExplainedEvent
        {
            Event = new TraceEvent
            {
                Number = index + 1,
                Kind = TraceEventKind.Segment,
                Time = MonotonicTime.Zero,
                Tuple = default,
            },
            Phrases = [new Phrase(ReasonId.Data)],
        },
        new SeqRange(SeqOf(index), SegmentLength)));
}

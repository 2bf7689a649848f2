using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
using UserTcp.Capture.Tests.Explaining;
using UserTcp.Capture.Tests.Joining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Recorded;

/// <summary>The events of a stack are read back from its capture, and what cannot be right does not count.</summary>
public sealed class RecordedEventsTests
{
    [Fact]
    public void Connections_have_their_events_in_order()
    {
        var events = new Story(Scenarios.All.First()).Events;
        var recorded = Read(events.Reverse().ToArray());

        Assert.Null(recorded.Problem);
        Assert.Equal(0, recorded.Missing);
        var conversation = Assert.Single(recorded.Conversations);
        Assert.Equal(events.Select(one => one.Say()), conversation.Events.Select(one => one.Say()));
        Assert.Equal(events.Count(one => one.Event.Kind == TraceEventKind.Segment), conversation.SegmentCount);
        Assert.False(conversation.IsOpenedByUs);
    }

    [Fact]
    public void Another_iss_is_another_connection()
    {
        var recorded = Read([.. RecordedStories.Twice]);

        Assert.Equal(2, recorded.Conversations.Count);
        Assert.Equal(recorded.Conversations[0].Tuple, recorded.Conversations[1].Tuple);
    }

    [Fact]
    public void Events_that_are_not_there_are_counted()
    {
        var events = new Story(Scenarios.All.First()).Events;
        Assert.Equal(2, Read([.. events.Skip(2)]).Missing);
        Assert.Equal(1, Read([.. events.Take(3), .. events.Skip(4)]).Missing);
    }

    [Fact]
    public void Two_events_with_one_number_do_not_count()
    {
        var events = new Story(Scenarios.All.First()).Events;
        var recorded = Read([.. events, events[0]]);

        Assert.Equal("two events have the number 1: these are captures of several stacks", recorded.Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"kind\":\"seg\"}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"gap, seg\",\"missed\":3}")]
    [InlineData("{\"n\":-1,\"t\":1,\"kind\":\"gap\",\"missed\":3}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"reasons\":[{\"id\":\"Data, Close\"}],\"call\":\"Open\"}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"reasons\":[{\"id\":\"9999\"}],\"call\":\"Open\"}")]
    public void What_is_no_event_does_not_count(string json)
    {
        var recorded = new RecordedEvents();
        recorded.Add([RecordedStories.Option(System.Text.Encoding.UTF8.GetBytes(json))]);

        Assert.Equal("event 1 cannot be read", recorded.Problem);
        Assert.Empty(recorded.Conversations);
    }

    [Fact]
    public void Options_of_others_are_none_of_ours()
    {
        var recorded = new RecordedEvents();
        recorded.Add(
        [
            new CustomOption(2989, 32473, "something"u8.ToArray()),
            new CustomOption(2989, 1, "UserTcp\0{}"u8.ToArray()),
        ]);

        Assert.Null(recorded.Problem);
        Assert.Equal(0, recorded.Count);
    }

    [Fact]
    public void An_event_on_a_packet_of_another_segment_does_not_count()
    {
        var explained = new EventExplainer().Explain(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));
        var recorded = new RecordedEvents();
        foreach (var frame in new[] { CaptureRig.FrameIn(1), CaptureRig.FrameIn(11) })
        {
            Assert.Null(recorded.Problem);
            recorded.Add(new CapturedPacket
            {
                Frame = 7,
                LinkType = 101,
                Bytes = frame,
                Length = frame.Length,
                Comments = [explained.Say()],
                CustomOptions = [RecordedStories.Option(EventJson.ToUtf8(explained))],
            });
        }

        Assert.Equal("the event in packet 7 is not of its segment", recorded.Problem);
    }

    [Fact]
    public void Another_event_with_the_same_sentence_may_follow_that_of_a_packet()
    {
        var explainer = new EventExplainer();
        var (own, other) = (
            explainer.Explain(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false)),
            explainer.Explain(CaptureRig.EventOf(CaptureRig.FrameIn(11), sent: false)));
        var frame = CaptureRig.FrameIn(1);
        var recorded = new RecordedEvents();
        recorded.Add(new CapturedPacket
        {
            Frame = 1,
            LinkType = 101,
            Bytes = frame,
            Length = frame.Length,
            Comments = [own.Say()],
            CustomOptions =
            [
                RecordedStories.Option(EventJson.ToUtf8(own)), RecordedStories.Option(EventJson.ToUtf8(other)),
            ],
        });

        Assert.Equal(own.Say(), other.Say());
        Assert.Equal((2, null), (recorded.Count, recorded.Problem));
    }

    [Fact]
    public void Events_beyond_the_limit_are_counted()
    {
        var recorded = new RecordedEvents(maxEvents: 3);
        recorded.Add([.. new Story(Scenarios.All.First()).Events.Take(5)
            .Select(one => RecordedStories.Option(EventJson.ToUtf8(one)))]);

        Assert.Equal((3, 2), (recorded.Count, recorded.Omitted));
    }

    private static RecordedEvents Read(IReadOnlyList<ExplainedEvent> events)
    {
        var recorded = new RecordedEvents();
        recorded.Add([.. events.Select(one => RecordedStories.Option(EventJson.ToUtf8(one)))]);
        recorded.Complete();
        return recorded;
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Tests.Pictures.Kit;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>Events that are written as JSON and read back are the same events.</summary>
public sealed class EventRoundTripTests
{
    [Fact]
    public void Every_event_of_every_scenario_comes_back() => Assert.All(Scenarios.All, host =>
        AssertSame(new Story(host).Events));

    [Fact]
    public void Events_of_the_link_and_gaps_come_back()
    {
        AssertSame(HandMade.LostFrame);
        AssertSame([.. HandMade.Events.Skip(HandMade.LostFrame.Count)]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recordings_come_back(string name) => AssertSame(Recordings.All[name]().Events);

    public static TheoryData<string> Names => [.. Recordings.All.Keys];

    [Fact]
    public void The_min_rtt_comes_back()
    {
        var events = Recordings.Loss().Events;

        var read = Read(events);

        Assert.Contains(events, one => one.Event.Vitals is { MinRtt.Ticks: > 0 });
        Assert.Equal(events.Select(one => one.Event.Vitals?.MinRtt), read.Select(one => one.Event.Vitals?.MinRtt));
    }

    private static IReadOnlyList<ExplainedEvent> Read(IEnumerable<ExplainedEvent> events) =>
        EventJsonReader.Read(new StringReader(string.Join('\n', events.Select(one => EventJson.Format(one)))));

    private static void AssertSame(IReadOnlyList<ExplainedEvent> events)
    {
        var read = Read(events);
        Assert.Equal(events.Count, read.Count);
        foreach (var (expected, actual) in events.Zip(read))
        {
            Assert.Equal(expected.Event.Vitals, actual.Event.Vitals);
            Assert.Equal(Header(expected), Header(actual));
            Assert.Equal(expected.Changes, actual.Changes);
            Assert.Equal(
                expected.Phrases.Select(phrase => phrase.Reason.Id),
                actual.Phrases.Select(phrase => phrase.Reason.Id));
            Assert.Equal(expected.Say(), actual.Say());
            Assert.Equal(expected.Say(Language.Korean), actual.Say(Language.Korean));
            Assert.Equal(EventJson.Format(expected), EventJson.Format(actual));
        }
    }

    /// <summary>
    /// All but what is compared apart. The ISNs of an event are those of its explanation, which knows them longer.
    /// </summary>
    private static ExplainedEvent Header(ExplainedEvent explained)
    {
        var isSegment = explained.Event.Kind == TraceEventKind.Segment;
        return explained with
        {
            Phrases = [],
            Changes = [],
            Event = explained.Event with
            {
                // A gap is of no connection.
                Tuple = explained.Event.Kind == TraceEventKind.Gap ? default : explained.Event.Tuple,
                Iss = explained.Iss,
                Irs = explained.Irs,
                Segment = isSegment
                    ? explained.Event.Segment with { Iss = explained.Iss, Irs = explained.Irs }
                    : explained.Event.Segment,
            },
        };
    }
}

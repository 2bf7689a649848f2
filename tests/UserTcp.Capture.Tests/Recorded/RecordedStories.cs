using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
using UserTcp.Capture.Tests.Explaining;
using UserTcp.Capture.Tests.Pictures.Kit;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Recorded;

/// <summary>Connections whose events have been in a capture.</summary>
internal static class RecordedStories
{
    /// <summary>Two connections with the same addresses and ports.</summary>
    public static IEnumerable<ExplainedEvent> Twice
    {
        get
        {
            var first = new Story(Scenarios.All.First()).Events;
            foreach (var one in first)
                yield return one;
            foreach (var one in first)
            {
                yield return one with
                {
                    Iss = one.Iss + 77,
                    Event = one.Event with { Number = one.Event.Number + first.Count, Iss = one.Event.Iss + 77 },
                };
            }
        }
    }

    /// <summary>The summaries of all scenarios and recordings.</summary>
    public static IEnumerable<Phrase> Phrases => Scenarios.All.Select(host => new Story(host).Events)
        .Concat(Recordings.All.Values.Select(recording => recording().Events))
        .SelectMany(events => Read(events).Conversations).SelectMany(conversation => conversation.Summarize());

    /// <summary>The option that has an event.</summary>
    public static CustomOption Option(byte[] json) =>
        new(2989, EventOption.EnterpriseNumber, (byte[])[.. EventOption.Prefix, .. json]);

    public static RecordedEvents Read(IEnumerable<ExplainedEvent> events)
    {
        var recorded = new RecordedEvents();
        recorded.Add([.. events.Where(one => one.Event.Kind != TraceEventKind.Gap)
            .Select(one => Option(EventJson.ToUtf8(one)))]);
        recorded.Complete();
        return recorded;
    }

    /// <summary>A pcapng file with the events of a recording, without packets of their own.</summary>
    public static byte[] File(string recording)
    {
        using var stream = new MemoryStream();
        using var writer = new PcapngWriter(stream, "ut0", 1500);
        foreach (var explained in Recordings.All[recording]().Events)
            writer.WriteStatistics(0, null, [EventJson.ToUtf8(explained)]);
        return stream.ToArray();
    }

    /// <summary>The summary of a recording.</summary>
    public static string[] Summary(string recording) =>
    [
        .. Read(Recordings.All[recording]().Events).Conversations
            .SelectMany(conversation => conversation.Summarize()).Select(phrase => phrase.Say()),
    ];
}

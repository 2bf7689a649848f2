using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Tests.Pictures.Kit;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Pictures;

/// <summary>Events that have been JSON draw the same pictures.</summary>
public sealed class EventJsonReaderTests
{
    public static TheoryData<string> Names => [.. Recordings.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_ladder_says_the_same(string name)
    {
        // The JSON of the link's verdicts on the peer's frames has no header.
        IReadOnlyList<ExplainedEvent> events = [.. Recordings.All[name]().Events.Where(one => !IsPeers(one))];
        var read = EventJsonReader.Read(new StringReader(Write(events)));

        Assert.Equal(
            new Drawing(LadderPicture.Draw(events)).Words, new Drawing(LadderPicture.Draw(read)).Words);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sequence_has_the_same_numbers(string name)
    {
        var events = Recordings.All[name]().Events;
        var expected = new TimeSequenceData(events, DataDirection.Out);
        var actual = new TimeSequenceData(
            EventJsonReader.Read(new StringReader(Write(events))), DataDirection.Out);

        Assert.Equal(expected.Data, actual.Data);
        Assert.Equal(expected.Retransmissions, actual.Retransmissions);
        Assert.Equal(expected.Lost, actual.Lost);
        Assert.Equal(expected.Acks, actual.Acks);
        Assert.Equal(expected.Edges, actual.Edges);
        Assert.Equal(expected.Sacks, actual.Sacks);
        Assert.Equal(expected.DuplicateAcks, actual.DuplicateAcks);
        Assert.Equal(expected.Cwnd[^1].Value, actual.Cwnd[^1].Value);
        Assert.Equal(expected.Pipe[^1].Value, actual.Pipe[^1].Value);
        Assert.Equal(expected.Window[^1].Value, actual.Window[^1].Value);
        Assert.Equal(expected.Recoveries, actual.Recoveries);
        Assert.Equal(expected.Limits.Select(limit => limit.Name), actual.Limits.Select(limit => limit.Name));
    }

    [Fact]
    public void Lines_without_a_kind_are_left_out() => Assert.Empty(EventJsonReader.Read(new StringReader(
        "{\"device\":\"ut0\"}\n\n")));

    [Fact]
    public void A_gap_is_an_event()
    {
        var line = """{"n":7,"t":100,"kind":"gap","missed":3}""";
        var gap = Assert.Single(EventJsonReader.Read(new StringReader(line)));
        Assert.Equal("3 events were not recorded for this viewer", gap.Say());
    }

    [Theory]
    [InlineData("what")]
    [InlineData("{\"kind\":\"seg\"}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"cat\",\"missed\":3}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"seg\",\"reasons\":[]}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"local\":\"1.2.3.4:5\",\"peer\":\"x\",\"reasons\":[]}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"reasons\":[{\"id\":\"Nonsense\"}],\"call\":\"Open\"}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"reasons\":[{\"id\":\"CallOpen\"}],\"call\":\"Open\","
        + "\"changes\":{\"cwnd\":[]}}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"call\",\"reasons\":[{\"id\":\"CallOpen\"}],\"call\":\"Open\","
        + "\"changes\":{\"cwnd\":[\"1\",\"\\u001b[2J\"]}}")]
    [InlineData("{\"n\":1,\"t\":1,\"kind\":\"timer\",\"timer\":\"Persist\",\"action\":\"Stopped\","
        + "\"reasons\":[{\"id\":\"TimerStopped\",\"timer\":\"\\u001b]0;title\\u0007\"}]}")]
    public void Other_lines_are_refused_with_their_number(string line)
    {
        var exception = Assert.Throws<FormatException>(() => EventJsonReader.Read(new StringReader("{}\n" + line)));
        Assert.StartsWith("line 2: not an event as JSON", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_beyond_the_limit_are_not_read() =>
        Assert.Equal(5, EventJsonReader.Read(new StringReader(Write(Recordings.Loss().Events)), maxEvents: 5).Count);

    [Fact]
    public void A_line_without_an_end_is_not_read_into_memory()
    {
        using var endless = new EndlessReader();

        var exception = Assert.Throws<FormatException>(() => EventJsonReader.Read(endless));

        Assert.Equal("line 1: not an event as JSON (longer than 1,048,576 characters)", exception.Message);
        Assert.InRange(endless.Characters, 1 << 20, 2 << 20);
    }

    [Fact]
    public void Lines_may_be_longer_than_the_buffer_and_end_without_a_line_feed()
    {
        var spaces = new string(' ', 50_000);
        var line = """{"n":7,"t":100,"kind":"gap","missed":3}""";

        var events = EventJsonReader.Read(new StringReader($"{spaces}{line}{spaces}\r\n\n{line}"));

        Assert.Equal([7, 7], events.Select(one => one.Event.Number));
    }

    /// <summary>Never a line feed, and never an end.</summary>
    private sealed class EndlessReader : TextReader
    {
        public long Characters { get; private set; }

        public override int Read(char[] buffer, int index, int count)
        {
            buffer.AsSpan(index, count).Fill(' ');
            Characters += count;
            return count;
        }
    }

    private static bool IsPeers(ExplainedEvent explained) =>
        explained.Event is { Kind: TraceEventKind.Link, Link.Outbound: false };

    private static string Write(IEnumerable<ExplainedEvent> events) =>
        string.Join('\n', events.Select(one => EventJson.Format(one)));
}

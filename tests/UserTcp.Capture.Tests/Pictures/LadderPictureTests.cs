using System.Xml.Linq;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Tests.Pictures.Kit;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Pictures;

/// <summary>The ladder as a picture.</summary>
public sealed class LadderPictureTests
{
    public static TheoryData<string, int> Pictures
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in Recordings.All.Keys)
            {
                foreach (var width in new[] { LadderPictureOptions.MinWidth, 400, 1200 })
                    data.Add(name, width);
            }

            return data;
        }
    }

    [Theory]
    [InlineData("close", 1200)]
    [InlineData("loss", 400)]
    [InlineData("simultaneous", 1200)]
    [InlineData("zero-window", 400)]
    public void Pictures_are_as_committed(string name, int width) => Golden.Compare(
        $"tests/UserTcp.Capture.Tests/Pictures/Golden/ladder-{name}-{width}.svg",
        LadderPicture.Draw(Recordings.All[name]().Events, new LadderPictureOptions { Width = width }));

    [Fact]
    public void The_README_shows_a_connection_with_a_lost_segment() => Golden.Compare(
        "docs/ladder.svg",
        LadderPicture.Draw(Recordings.Overview().Events, new LadderPictureOptions { Width = 900 }));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Words_neither_overlap_nor_leave_the_picture(string name, int width)
    {
        foreach (var showsChanges in new[] { false, true })
        {
            var options = new LadderPictureOptions { Width = width, ShowsChanges = showsChanges };
            var drawing = new Drawing(LadderPicture.Draw(Recordings.All[name]().Events, options));
            var boxes = drawing.Boxes().OrderBy(box => box.Top).ToArray();

            Assert.All(boxes, box => Assert.True(
                box.Left >= 0 && box.Right <= drawing.Width && box.Bottom <= drawing.Height, $"{box} is cut"));
            for (var i = 0; i < boxes.Length; i++)
            {
                for (var j = i + 1; j < boxes.Length && boxes[j].Top < boxes[i].Bottom; j++)
                {
                    Assert.False(
                        boxes[i].Left < boxes[j].Right && boxes[j].Left < boxes[i].Right,
                        $"{boxes[i]} and {boxes[j]} overlap");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Words_are_11_pixels_or_about_that(string name, int width)
    {
        var svg = LadderPicture.Draw(Recordings.All[name]().Events, new LadderPictureOptions { Width = width });
        Assert.All(new Drawing(svg).Of("style"), style => Assert.DoesNotMatch(@"(?<![\d.])([0-9]|10)px", style.Value));
    }

    [Fact]
    public void The_document_is_alone()
    {
        var drawing = new Drawing(LadderPicture.Draw(Recordings.Loss().Events));

        Assert.Empty(drawing.Of("script").Concat(drawing.Of("image")).Concat(drawing.Of("foreignObject")));
        Assert.DoesNotContain(
            drawing.Root.DescendantsAndSelf().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)
                || attribute.Name.LocalName == "href");
        Assert.DoesNotContain("@import", drawing.Of("style").Single().Value, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", drawing.Of("style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_words_are_escaped()
    {
        var title = "</title><script>alert('1')</script>&amp;\u0001\uD800\u202E\uFFFF\"";
        var svg = LadderPicture.Draw(Recordings.Close().Events, new LadderPictureOptions { Title = title });
        var drawing = new Drawing(svg);

        Assert.Equal("</title><script>alert('1')</script>&amp;\uFFFD\uFFFD\uFFFD\uFFFD\"", drawing.Title);
        Assert.Contains(drawing.Title, drawing.Words);
        Assert.Empty(drawing.Of("script"));
    }

    [Fact]
    public void Rows_beyond_the_limit_are_counted()
    {
        var events = Recordings.Loss().Events;
        var all = new Drawing(LadderPicture.Draw(events, new LadderPictureOptions { Width = 1200 }));
        var some = new Drawing(LadderPicture.Draw(events, new LadderPictureOptions { Width = 1200, MaxRows = 5 }));
        // The row of a break is not an event.
        var total = all.Of("g", "row").Count(row => !row.Value.StartsWith('…'));

        Assert.Equal(5, some.Of("g", "row").Count());
        Assert.Equal($"… {total - 5} more", some.Words[^1]);
        Assert.Contains($"{total - 5} more rows are left out", some.Description, StringComparison.Ordinal);
        Assert.True(some.Height < all.Height / 2);
    }

    [Fact]
    public void Both_ends_have_their_states()
    {
        var words = new Drawing(LadderPicture.Draw(
            Recordings.Close().Events, new LadderPictureOptions { Width = 1200 })).Of("text", "code")
            .Where(e => Drawing.ClassesOf(e).Contains("bold"))
            .ToLookup(e => Drawing.Number(e, "x") < 600, e => e.Value);

        Assert.Equal(
            ["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"], words[true]);
        Assert.Equal(
            ["SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED"], words[false]);
    }

    [Fact]
    public void A_lost_segment_ends_between_the_lifelines()
    {
        var options = new LadderPictureOptions { Width = 1200 };
        var drawing = new Drawing(LadderPicture.Draw(Recordings.Loss().Events, options));
        var lost = drawing.Of("path", "cross").Select(Drawing.Path).Where(path => path[2] - path[0] > 8).ToArray();

        Assert.Equal(2, lost.Length);
        Assert.All(lost, path => Assert.InRange(path[0], 500, 900));
    }

    [Theory]
    [InlineData(LinkVerdictKind.Held, "LinkHeld", 0)]
    [InlineData(LinkVerdictKind.QueueFull, "LinkQueueFull", 1)]
    public void Verdicts_of_the_link_on_the_peers_frames_are_shown(LinkVerdictKind kind, string reason, int arrows)
    {
        var events = Recordings.Timeout().Events;
        var verdict = events.Single(one => one.Event is { Kind: TraceEventKind.Link, Link.Outbound: false });
        var traceEvent = verdict.Event with { Link = verdict.Event.Link with { Kind = kind } };
        var explained = new EventExplainer().Explain(traceEvent);

        var drawing = new Drawing(LadderPicture.Draw([explained]));

        Assert.Equal(reason, explained.Phrases[0].Reason.Id.ToString());
        Assert.Equal(arrows, drawing.Of("path", "line").Count());
        Assert.Contains(explained.Say().Split(' ')[0], drawing.Root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_retransmission_leads_back_to_what_it_retransmits()
    {
        var options = new LadderPictureOptions { Width = 1200 };
        var drawing = new Drawing(LadderPicture.Draw(Recordings.Loss().Events, options));
        var lines = drawing.Of("path", "line").ToArray();
        var original = Drawing.Path(lines.Single(line => Drawing.Path(line)[2] is > 500 and < 900));
        var retransmission = Drawing.Path(lines.Single(line => Drawing.ClassesOf(line).Contains("s-again")));

        var back = Drawing.Path(Assert.Single(drawing.Of("path", "back")));

        Assert.Equal((retransmission[1], original[1]), (back[1], back[7]));
        Assert.True(back[2] < 210);
    }

    [Fact]
    public void Arrows_fall_with_the_delay()
    {
        static double Fall(RecordedTalk recording)
        {
            var drawing = new Drawing(LadderPicture.Draw(recording.Events, new LadderPictureOptions { Width = 1200 }));
            var line = Drawing.Path(drawing.Of("path", "line").First());
            return line[3] - line[1];
        }

        var (near, far) = (Fall(new RecordedTalk(delay: 0.05).Connect()), Fall(new RecordedTalk(delay: 250).Connect()));
        Assert.InRange(near, 4, 9);
        Assert.InRange(far, 18, 24);
    }

    [Fact]
    public void Crossing_segments_cross()
    {
        var drawing = new Drawing(LadderPicture.Draw(
            Recordings.Simultaneous().Events, new LadderPictureOptions { Width = 1200 }));
        var lines = drawing.Of("path", "line").Select(Drawing.Path).ToArray();

        Assert.True(lines[0][0] < lines[0][2] && lines[1][0] > lines[1][2]);
        Assert.Equal(lines[0][1], lines[1][1]);
    }

    [Fact]
    public void Time_without_events_is_written_and_not_drawn()
    {
        var drawing = new Drawing(LadderPicture.Draw(Recordings.Timeout().Events));
        Assert.Contains("… 1 s …", drawing.Words);
    }

    [Fact]
    public void Causes_and_changes_are_there_on_request()
    {
        var events = Recordings.Timeout().Events;
        static string WordsOf(IReadOnlyList<ExplainedEvent> events, LadderPictureOptions options) =>
            string.Join('\n', new Drawing(LadderPicture.Draw(events, options)).Words);

        var plain = WordsOf(events, new LadderPictureOptions());
        Assert.Contains("the application writes 100 bytes", plain, StringComparison.Ordinal);
        Assert.Contains("retransmission timer expired", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("SND.NXT", plain, StringComparison.Ordinal);
        var other = WordsOf(events, new LadderPictureOptions { ShowsCauses = false, ShowsChanges = true });
        Assert.DoesNotContain("the application writes", other, StringComparison.Ordinal);
        Assert.Contains("SND.NXT 1→101", other, StringComparison.Ordinal);
        var korean = WordsOf(events, new LadderPictureOptions { Language = Language.Korean });
        Assert.Contains("데이터: 100바이트", korean, StringComparison.Ordinal);
        Assert.StartsWith("이쪽\n", korean, StringComparison.Ordinal);
        Assert.Contains("\n상대\n", korean, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_a_picture_too()
    {
        var drawing = new Drawing(LadderPicture.Draw([]));
        Assert.Equal("There are no segments.", drawing.Description);
    }

    [Fact]
    public void The_description_counts()
    {
        var drawing = new Drawing(LadderPicture.Draw(Recordings.Loss().Events));
        Assert.Equal("TCP connection 198.18.0.2:53666 to 198.18.0.1:80", drawing.Title);
        Assert.Contains("1 retransmissions, 1 lost", drawing.Description, StringComparison.Ordinal);
        Assert.EndsWith("FIN-WAIT-1, CLOSING, TIME-WAIT.", drawing.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_have_limits()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LadderPicture.Draw([], new LadderPictureOptions { Width = 319 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LadderPicture.Draw([], new LadderPictureOptions { Width = 4001 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => LadderPicture.Draw([], new LadderPictureOptions { MaxRows = 0 }));
    }
}

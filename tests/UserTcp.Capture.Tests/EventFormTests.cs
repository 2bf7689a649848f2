using System.Text.Json;
using UserTcp.Capture.Tests.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests;

/// <summary>Events while they happen, in each form.</summary>
public sealed class EventFormTests
{
    [Fact]
    public void A_growing_ladder_is_the_ladder_that_is_printed_afterwards()
    {
        var script = Transfer();
        using var live = new StringWriter();
        var printer = new EventPrinter(live, EventForm.Ladder, LineStyle.Plain);
        foreach (var one in script.Host.Trace)
            printer.Print(one);
        printer.Flush();

        using var after = new StringWriter();
        new LadderPrinter(after, LineStyle.Plain).Print(new Story(script).Events);
        Assert.Contains("FIN-WAIT-1", live.ToString(), StringComparison.Ordinal);
        // While it grows, the peer's ISN is not known at the heading.
        Assert.Equal(Rungs(after), Rungs(live));
    }

    [Fact]
    public void A_sent_segment_waits_for_the_verdict_of_the_link()
    {
        using var text = new StringWriter();
        var ladder = new LiveLadder(text, LineStyle.Plain);
        ladder.Print(HandMade.LostFrame[0]);
        Assert.True(ladder.IsHolding);
        Assert.Empty(text.ToString());
        ladder.Print(HandMade.LostFrame[1]);
        Assert.False(ladder.IsHolding);
        Assert.Matches(@"--ACK----x +.*\n.* \* the link lost ACK seq=1 len=1000: chance\n$", text.ToString());

        ladder.Print(HandMade.LostFrame[2]);
        Assert.True(ladder.IsHolding);
        ladder.Flush();
        Assert.EndsWith("; the link lost frame n=1\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_causes_of_a_retransmission_stand_below_its_rung()
    {
        using var text = new StringWriter();
        var ladder = new LiveLadder(text, LineStyle.Plain with { Causes = true });
        foreach (var one in HandMade.LostFrame.Take(2))
            ladder.Remember(one);
        ladder.Print(HandMade.LostFrame[2]);
        ladder.Flush();

        Assert.Matches(@"retransmission: .*\n +of #1: .*\n +link #2: the link lost ACK seq=1 .*\n$", text.ToString());
    }

    [Fact]
    public void A_heading_stands_where_the_connection_changes()
    {
        var (one, two) = (Transfer(peerPort: 40_001), Transfer(peerPort: 40_002));
        using var text = new StringWriter();
        var ladder = new LiveLadder(text, LineStyle.Plain, maxConnections: 1);
        foreach (var (first, second) in new Story(one).Events.Zip(new Story(two).Events))
        {
            ladder.Print(first);
            ladder.Print(second);
        }

        ladder.Flush();
        var ports = text.ToString().Split('\n').Where(line => line.StartsWith("  us ", StringComparison.Ordinal))
            .Select(line => line.Contains("port 40001", StringComparison.Ordinal) ? 1 : 2).ToArray();
        Assert.True(ports.Length > 10);
        Assert.Equal(Enumerable.Range(0, ports.Length).Select(i => 1 + (i % 2)), ports);
    }

    [Fact]
    public void A_gap_stands_in_the_ladder()
    {
        using var text = new StringWriter();
        var printer = new EventPrinter(text, EventForm.Ladder, LineStyle.Plain);
        printer.Print(new TraceEvent
        {
            Kind = TraceEventKind.Gap,
            Number = 9,
            Time = default,
            Tuple = default,
            Missed = 9,
        });
        Assert.Matches("^  -- 9 events .* --\n$", text.ToString());
    }

    [Fact, Trait("RFC", "7464 section 2.2")]
    public void A_JSON_sequence_has_a_separator_before_each_record_and_a_line_feed_behind_it()
    {
        var script = Transfer();
        using var text = new StringWriter();
        text.Write(EventSequence.Header("a test") + "\n");
        var printer = new EventPrinter(text, EventForm.JsonSequence, LineStyle.Plain);
        foreach (var one in script.Host.Trace)
            Assert.True(printer.Print(one));

        var records = text.ToString().Split('\x1e');
        Assert.Empty(records[0]);
        Assert.Equal(script.Host.Trace.Count + 2, records.Length);
        Assert.All(records[1..], record => Assert.EndsWith("}\n", record, StringComparison.Ordinal));
        using var header = JsonDocument.Parse(records[1]);
        Assert.Equal(
            "application/qlog+json-seq", header.RootElement.GetProperty("serialization_format").GetString());
        foreach (var (record, traceEvent) in records[2..].Zip(script.Host.Trace))
        {
            using var json = JsonDocument.Parse(record);
            Assert.Matches(
                "^(tcp|recovery|application|link|log):[a-z_]+$", json.RootElement.GetProperty("name").GetString());
            Assert.Equal(
                TimeSpan.FromTicks(traceEvent.Time.Ticks).TotalMilliseconds,
                json.RootElement.GetProperty("time").GetDouble(), precision: 4);
            Assert.Equal("198.18.0.2:80", json.RootElement.GetProperty("data").GetProperty("local").GetString());
        }
    }

    private static Script Transfer(ushort peerPort = 40_000)
    {
        var script = new Script(iss: Isn.BeforeWrap, irs: Isn.BeforeHalf, cookies: SynCookieMode.Never)
        {
            PeerPort = new Port(peerPort),
        };
        script.Accept();
        script.Send(new byte[3000]);
        script.Drain();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 3001);
        script.Close();
        script.Drain();
        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 3002);
        script.Drain();
        return script;
    }

    private static string Rungs(StringWriter text) =>
        text.ToString()[text.ToString().IndexOf('\n', StringComparison.Ordinal)..];
}

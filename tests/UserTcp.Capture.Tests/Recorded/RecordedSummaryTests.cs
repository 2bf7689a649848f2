namespace UserTcp.Capture.Tests.Recorded;

/// <summary>What the summary of a recorded connection says.</summary>
public sealed class RecordedSummaryTests
{
    [Fact]
    public void It_names_the_rules_that_found_losses_and_what_the_link_did()
    {
        var summary = RecordedStories.Summary("loss");

        Assert.StartsWith("closed: 198.18.0.2:", summary[0], StringComparison.Ordinal);
        Assert.Equal(
            [
                "what limited our data in 420 ms: the application 420 ms",
                "198.18.0.2:53666 retransmitted 1 of 9 data segments (11.1 %): 1 by RACK",
                "the impaired link, to our frames: lost 1; to the peer's: nothing",
                "RTT as the stack measured it: min 40 ms, SRTT at the end 40 ms, RTO 200 ms",
                "198.18.0.2:53666 sent 13,032 bytes in 9 segments, of which 11,584 were acknowledged in 460 ms: "
                    + "goodput 201.46 kbit/s",
                "198.18.0.2:53666 offers MSS 1460, window scale 7, SACK, timestamps",
                "198.18.0.1:80 offers MSS 1460, window scale 7, SACK, timestamps",
            ],
            summary[1..]);
    }

    [Fact]
    public void A_closed_window_is_what_limited()
    {
        var summary = RecordedStories.Summary("zero-window");

        Assert.Equal("what limited our data in 3.24 s: the peer's window 3.02 s, the application 220 ms", summary[1]);
        Assert.Contains("zero-window probes of 198.18.0.2:53666: 3", summary);
    }

    [Fact]
    public void Every_phrase_says_all_that_it_has() => Assert.All(
        RecordedStories.Phrases, phrase => Assert.DoesNotMatch(@"\{|\}", phrase.Say()));
}

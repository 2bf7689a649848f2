using System.Text.RegularExpressions;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>The table of reasons: complete, in both languages, and every entry occurs.</summary>
public sealed class ReasonTests
{
    [Fact]
    public void Every_reason_has_an_entry_a_source_and_both_languages()
    {
        Assert.Equal(Enum.GetValues<ReasonId>(), Reasons.All.Select(reason => reason.Id));
        Assert.All(Reasons.All, reason =>
        {
            Assert.Matches(@"^(RFC \d+ section \d+(\.\d+)*|UserTcp)$", reason.Source);
            Assert.Matches(@"[가-힣]|^(SYN|ACK|RST|FIN)|\{from\}", reason.Korean);
            // Korean has no plural.
            Assert.Equal(Arguments(reason.English).Where(name => name != "{unit}"), Arguments(reason.Korean));
        });
    }

    /// <summary>The golden file has the first sentence of each reason. An update: USERTCP_UPDATE_GOLDEN=1.</summary>
    [Fact, Trait("SynCookies", "never")]
    public void Every_reason_occurs_with_these_sentences()
    {
        var sentences = new SortedDictionary<ReasonId, string>();
        foreach (var phrase in Phrases())
        {
            sentences.TryAdd(
                phrase.Reason.Id,
                $"{phrase.Reason.Id}\n  {phrase.Say()}\n  {phrase.Say(Language.Korean)}\n");
        }

        var missing = Enum.GetValues<ReasonId>().Except(sentences.Keys).ToList();
        Assert.True(missing.Count == 0, $"No scenario gives {string.Join(", ", missing)}.");
        Assert.All(sentences.Values, sentence => Assert.DoesNotMatch(@"\{|\}", sentence));
        var text = string.Concat(sentences.Values);
        GoldenFile.AssertEqual("tests/UserTcp.Capture.Tests/Golden/reasons.txt", text);
    }

    [Fact]
    public void Every_retransmission_is_found_by_grep()
    {
        var retransmissions = Scenarios.All.SelectMany(host => new Story(host).Events)
            .Where(one => one is { Event: { Kind: TraceEventKind.Segment, Segment.Sent: true }, Of: not null })
            .ToList();

        Assert.NotEmpty(retransmissions);
        Assert.All(retransmissions, one => Assert.StartsWith("retransmission: ", one.Say(), StringComparison.Ordinal));
    }

    private static IEnumerable<Phrase> Phrases()
    {
        foreach (var phrase in Scenarios.All.SelectMany(host => new Story(host).Events).SelectMany(one => one.Phrases))
            yield return phrase;
        foreach (var phrase in HandMade.Events.SelectMany(one => one.Phrases))
            yield return phrase;
        foreach (var phrase in Captures.LiveInferenceTests.LostArrivals().SelectMany(one => one.Phrases))
            yield return phrase;
        foreach (var phrase in Captures.Talks.All.SelectMany(talk => talk.Phrases()))
            yield return phrase;
        foreach (var phrase in Recorded.RecordedStories.Phrases)
            yield return phrase;
    }

    private static string[] Arguments(string sentence) =>
    [
        .. Regex.Matches(sentence, @"\{(\w+)\}").Select(match => match.Value).Distinct()
            .Order(StringComparer.Ordinal),
    ];
}

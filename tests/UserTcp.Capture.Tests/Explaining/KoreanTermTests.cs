using System.Text.RegularExpressions;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>Arguments that are words are Korean in Korean sentences.</summary>
public sealed partial class KoreanTermTests
{
    [Theory]
    [InlineData("retransmission timer", "재전송 타이머")]
    [InlineData("probe timer (PTO)", "프로브 타이머(PTO)")]
    [InlineData("RACK", "RACK")]
    [InlineData("three duplicate ACKs", "중복 ACK 세 개")]
    [InlineData(": RTO 1.2 s (SRTT 40 ms, RTTVAR 10 ms, backoff 3)", ": RTO 1.2 s (SRTT 40 ms, RTTVAR 10 ms, 백오프 3)")]
    [InlineData("(MSS 1460, window scale 7, SACK, timestamps)", "(MSS 1460, 윈도 스케일 7, SACK, 타임스탬프)")]
    [InlineData("no MSS, timestamps", "MSS 없음, 타임스탬프")]
    [InlineData("(no MSS)", "(MSS 없음)")]
    [InlineData("ACK seq=1 len=1000 of the peer", "상대의 ACK seq=1 len=1000")]
    [InlineData("drop=fin:1", "drop=fin:1")]
    [InlineData("lost 1,234, queue full 2", "손실 1,234, 큐 가득 참 2")]
    [InlineData("3 by RACK, 12 after a timeout of up to 1.2 s", "RACK 판정 3개, 최대 1.2 s의 타임아웃 뒤 12개")]
    [InlineData("1,000 as tail loss probes", "꼬리 손실 프로브 1,000개")]
    [InlineData("the peer's window 1.5 s, cwnd 20 ms", "상대 윈도 1.5 s, 혼잡 윈도 20 ms")]
    [InlineData("198.18.0.1:80", "198.18.0.1:80")]
    [InlineData("38.2 ms", "38.2 ms")]
    [InlineData("", "")]
    [InlineData("(", "(")]
    [InlineData(")", ")")]
    [InlineData("chances are", "chances are")]
    public void Words_are_translated_and_all_else_stays(string argument, string korean) =>
        Assert.Equal(korean, KoreanTerms.Translate(argument));

    [Fact]
    public void Every_timer_rule_and_error_has_a_word()
    {
        Assert.All(
            Enum.GetValues<TcbTimer>(),
            timer => Assert.Matches("[가-힣]", KoreanTerms.Translate(OtherEvents.TimerName(timer))));
        Assert.All(Enum.GetValues<LossRule>(), rule => Assert.DoesNotMatch(
            EnglishWords(), KoreanTerms.Translate(Departures.RuleName(rule))));
        Assert.All(
            Enum.GetValues<EngineError>().Where(error => error != EngineError.None),
            error => Assert.Matches("[가-힣]", KoreanTerms.Translate($"{error}")));
    }

    [Fact]
    public void Sentences_of_scenarios_have_no_English_words()
    {
        var phrases = Scenarios.All.SelectMany(host => new Story(host).Events).Concat(HandMade.Events)
            .SelectMany(one => one.Phrases).Concat(Captures.Talks.All.SelectMany(talk => talk.Phrases()))
            .Concat(Recorded.RecordedStories.Phrases);

        Assert.All(phrases, phrase => Assert.DoesNotMatch(EnglishWords(), phrase.Say(Language.Korean)));
    }

    /// <summary>Words of small letters, but for units, names of variables and fields, and terms that stay.</summary>
    [GeneratedRegex(
        @"(?<![\w=:\-])(?!(keep|alive|echo|seq|len|kbit)\b)[a-z]{3,}(?![\w=])")]
    private static partial Regex EnglishWords();
}

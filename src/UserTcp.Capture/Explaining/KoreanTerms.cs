using System.Globalization;

namespace UserTcp.Capture.Explaining;

/// <summary>
/// The Korean of arguments that are words, such as the names of timers and rules. Arguments are kept in English, also
/// in JSON and in captures, so that all viewers can print them in their language.
/// </summary>
internal static class KoreanTerms
{
    private const string OfThePeer = " of the peer";

    /// <summary>English words; "{0}" is what may follow them.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        // Timers (OtherEvents.TimerName) and what they count with.
        ["retransmission timer"] = "재전송 타이머",
        ["persist timer"] = "지속 타이머",
        ["delayed ACK timer"] = "지연 ACK 타이머",
        ["keep-alive timer"] = "keep-alive 타이머",
        ["RACK reordering timer"] = "RACK 재정렬 타이머",
        ["probe timer (PTO)"] = "프로브 타이머(PTO)",
        ["give-up timer"] = "연결 포기 타이머",
        ["pacing timer"] = "페이싱 타이머",
        ["min progress timer"] = "최소 진행 타이머",
        ["backoff"] = "백오프 {0}",

        // Rules (Departures.RuleName).
        ["RACK's reordering timer"] = "RACK 재정렬 타이머",
        ["three duplicate ACKs"] = "중복 ACK 세 개",
        ["a partial ACK"] = "부분 ACK",
        ["a closed window"] = "닫힌 윈도",
        ["path MTU"] = "경로 MTU",

        // What a SYN offers.
        ["no MSS"] = "MSS 없음",
        ["window scale"] = "윈도 스케일 {0}",
        ["timestamps"] = "타임스탬프",

        // What the link did, and why.
        ["a trigger"] = "트리거",
        ["a burst of losses"] = "연속 손실",
        ["its queue"] = "큐",
        ["its MTU"] = "MTU",
        ["it is down"] = "링크가 내려감",
        ["corruption that no checksum would show"] = "체크섬으로 드러나지 않는 손상",
        ["chance"] = "확률",
        ["lost"] = "손실 {0}",
        ["held"] = "지연 {0}",
        ["duplicated"] = "복제 {0}",
        ["reordered"] = "순서 바뀜 {0}",
        ["corrupted"] = "손상 {0}",
        ["marked"] = "CE 표시 {0}",
        ["replayed"] = "재전달 {0}",
        ["queue full"] = "큐 가득 참 {0}",
        ["nothing"] = "없음",

        // Causes of retransmissions, behind their number.
        ["by RACK"] = "RACK 판정",
        ["by RACK's reordering timer"] = "RACK 재정렬 타이머 판정",
        ["after three SACKed segments"] = "SACK된 세그먼트 세 개 뒤",
        ["after SACK"] = "SACK 뒤",
        ["after duplicate ACKs"] = "중복 ACK 뒤",
        ["after a partial ACK"] = "부분 ACK 뒤",
        ["after a timeout (RTO)"] = "타임아웃(RTO) 뒤",
        ["after a timeout of up to"] = "최대 {0}의 타임아웃 뒤",
        ["as the window reopened"] = "윈도가 다시 열린 뒤",
        ["as tail loss probes"] = "꼬리 손실 프로브",
        ["for a smaller path MTU"] = "더 작은 경로 MTU에 맞춤",
        ["for another reason"] = "다른 이유",
        ["in a recovery"] = "복구 중",
        ["without a visible cause"] = "보이지 않는 원인",

        // What limits the sender, before its time.
        ["the application"] = "애플리케이션 {0}",
        ["the peer's window"] = "상대 윈도 {0}",
        ["cwnd"] = "혼잡 윈도 {0}",
        ["Nagle's algorithm"] = "Nagle 알고리즘 {0}",
        ["the pacer"] = "페이서 {0}",
        ["an MTU probe"] = "MTU 프로브 {0}",
        ["no limit"] = "제한 없음 {0}",

        // How connections end.
        ["in order"] = "정상",
        ["ConnectionRefused"] = "연결이 거부됨",
        ["ConnectionReset"] = "연결이 재설정됨",
        ["ConnectionAborted"] = "연결이 중단됨",
        ["TimedOut"] = "시간 초과",
        ["HostUnreachable"] = "호스트에 도달할 수 없음",
        ["NetworkUnreachable"] = "네트워크에 도달할 수 없음",
        ["AddressInUse"] = "주소가 사용 중임",
        ["AddressNotAvailable"] = "주소를 사용할 수 없음",
        ["AddressInvalid"] = "잘못된 주소",
        ["TooManyConnections"] = "연결이 너무 많음",
        ["OutOfMemory"] = "메모리 부족",
        ["InternalFault"] = "내부 오류",
        ["MessageTooLong"] = "메시지가 너무 김",
        ["WouldBlock"] = "기다려야 함",

        ["unknown"] = "알 수 없음",
        ["an unknown time"] = "알 수 없는 시간",
        ["some time"] = "일정 시간",
    };

    /// <summary>An argument in Korean. What is no word of the table stays as it is.</summary>
    public static string Translate(string argument) =>
        Words.TryGetValue(argument, out var whole) ? Fill(whole, "")
        : argument.EndsWith(OfThePeer, StringComparison.Ordinal) ? $"상대의 {argument[..^OfThePeer.Length]}"
        : string.Join(", ", argument.Split(", ").Select(TranslatePart));

    /// <summary>A part of a list, such as "(window scale 7", "3 by RACK" or "cwnd 1.2 s".</summary>
    private static string TranslatePart(string part)
    {
        var start = part.StartsWith('(') ? 1 : 0;
        var words = part[start..];
        // A parenthesis that is not opened in these words closes the list.
        var isClosed = words.EndsWith(')') && !words.Contains('(', StringComparison.Ordinal);
        if (isClosed)
            words = words[..^1];
        var korean = Find(words) ?? FindCounted(words);
        return korean is null ? part : $"{part[..start]}{korean}{(isClosed ? ")" : "")}";
    }

    /// <summary>The Korean of the longest words at the begin, with what follows; null when there are none.</summary>
    private static string? Find(string words)
    {
        for (var length = words.Length; length > 0; length = words.LastIndexOf(' ', length - 1))
        {
            if (Words.TryGetValue(words[..length], out var korean)
                && (length == words.Length || korean.Contains("{0}", StringComparison.Ordinal)))
            {
                return Fill(korean, words[length..].Trim());
            }
        }

        return null;
    }

    /// <summary>A number, and then words: Korean has it the other way round.</summary>
    private static string? FindCounted(string words)
    {
        var space = words.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && words[..space].All(character => char.IsAsciiDigit(character) || character == ',')
            && Find(words[(space + 1)..]) is { } korean
            ? string.Create(CultureInfo.InvariantCulture, $"{korean} {words[..space]}개")
            : null;
    }

    private static string Fill(string korean, string rest) =>
        korean.Replace("{0}", rest, StringComparison.Ordinal).TrimEnd();
}

using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>
/// A conversation as a whole, by the events that the stack itself has recorded; and what was added to the inferred
/// reasons later: an identifier keeps its place.
/// </content>
public static partial class Reasons
{
    private static Reason[] RecordedReasons =>
    [
        new(
            ReasonId.RecordedLimits, "RFC 9293 section 3.7",
            "what limited our data in {total}: {parts}",
            "{total} 동안 우리 데이터를 제한한 것: {parts}"),
        new(
            ReasonId.RecordedRtt, "RFC 6298 section 2",
            "RTT as the stack measured it: min {min}, SRTT at the end {srtt}, RTO {rto}",
            "스택이 측정한 RTT: 최소 {min}, 마지막 SRTT {srtt}, RTO {rto}"),
        new(
            ReasonId.RecordedArrivals, "RFC 9293 section 3.10.7.4",
            "segments of {end} that arrived out of order: {n}; that had been received before: {again}",
            "순서에 맞지 않게 도착한 {end}의 세그먼트: {n}개, 이미 받은 것: {again}개", Note),
        new(
            ReasonId.RecordedLink, "UserTcp",
            "the impaired link, to our frames: {sent}; to the peer's: {received}",
            "손상된 링크가 우리 프레임에 한 일: {sent}, 상대의 프레임에 한 일: {received}", Note),
        new(
            ReasonId.RecordedEnd, "RFC 9293 section 3.9.1",
            "ended with the error {error}",
            "오류로 끝남: {error}", Error),
        new(
            ReasonId.OriginalArrived, "UserTcp",
            "frame {of} had sent it {after} before",
            "{of}번 프레임이 {after} 전에 이미 보냄", Note),
        new(
            ReasonId.SynUnanswered, "RFC 9293 section 3.8.1",
            "SYN again: the capture has no answer to the first one",
            "SYN 다시 도착: 처음 것에 대한 응답이 캡처에 없음", Note, "TCP Retransmission"),
        new(
            ReasonId.SummaryTimeouts, "RFC 6298 section 5",
            "{end} waited for retransmission timeouts (RTO) for {waited} of {total}",
            "{end}이(가) {total} 중 {waited} 동안 재전송 타임아웃(RTO)을 기다림", Warning),
        new(
            ReasonId.NeverArrives, "UserTcp",
            "the peer's segment does not arrive",
            "상대의 세그먼트가 도착하지 않음", Warning),
    ];
}

using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>A conversation of a capture as a whole, and the rules that its ends break.</content>
public static partial class Reasons
{
    private static Reason[] SummaryReasons =>
    [
        new(
            ReasonId.SummaryClosed, "RFC 9293 section 3.6",
            "closed: {first} sent its FIN first, then {second}",
            "정상 종료: {first}이(가) 먼저 FIN을 보내고 {second}이(가) 뒤따름"),
        new(
            ReasonId.SummaryHalfClosed, "RFC 9293 section 3.6",
            "half-closed when the capture ends: only {end} has sent a FIN",
            "캡처가 끝날 때 반만 닫힘: {end}만 FIN을 보냄", Note),
        new(
            ReasonId.SummaryReset, "RFC 9293 section 3.10.7.4",
            "reset by {end} in {state}",
            "{end}이(가) {state}에서 재설정함", Warning),
        new(
            ReasonId.SummaryResetAfterFin, "RFC 9293 section 3.6.1",
            "reset by {end} in {state}, after a FIN",
            "FIN 뒤에 {end}이(가) {state}에서 재설정함", Warning),
        new(
            ReasonId.SummaryRefused, "RFC 9293 section 3.10.7.1",
            "refused by {end}: a RST answered the SYN",
            "{end}이(가) 거부함: SYN에 RST로 응답", Error),
        new(
            ReasonId.SummaryUnanswered, "RFC 9293 section 3.8.3",
            "no answer in the capture: SYNs sent: {n}",
            "캡처에 응답 없음: 보낸 SYN {n}개", Error),
        new(ReasonId.SummaryOpen, "RFC 9293 section 3.3.2", "still open when the capture ends", "캡처가 끝날 때 아직 열려 있음"),
        new(
            ReasonId.SummaryWindowClosed, "RFC 9293 section 3.8.6",
            "the receive window of {end} was closed for {closed} of {total}: its application did not read",
            "{end}의 수신 윈도가 {total} 중 {closed} 동안 닫혀 있었음: 애플리케이션이 읽지 않음", Warning, "TCP ZeroWindow"),
        new(
            ReasonId.SummaryWindowFull, "RFC 9293 section 3.8.6",
            "limited by the receive window of {end}: no room for a full segment for {full} of {total}",
            "{end}의 수신 윈도 제한: {total} 중 {full} 동안 최대 크기 세그먼트의 자리가 없음", Note, "TCP Window Full"),
        new(
            ReasonId.SummaryApplication, "RFC 9293 section 3.7",
            "limited by the application of {end}: nothing to send for {idle} of {total}, {longest} at a time",
            "{end}의 애플리케이션 제한: {total} 중 {idle} 동안 보낼 데이터 없음, 한 번에 최대 {longest}"),
        new(
            ReasonId.SummaryPath, "RFC 5681 section 3",
            "{end} had data in flight, and room in the peer's window, for {busy} of {total}: limited by the "
            + "path or the congestion window",
            "{end}은(는) {total} 중 {busy} 동안 전송 중인 데이터가 있고 상대 윈도에 여유가 있었음: 경로나 혼잡 윈도 제한"),
        new(
            ReasonId.SummarySynRetransmissions, "RFC 9293 section 3.8.1",
            "{end} retransmitted its SYN: {n}",
            "{end}이(가) SYN을 재전송함: {n}회", Warning, "TCP Retransmission"),
        new(
            ReasonId.SummaryRetransmissions, "RFC 5681 section 3",
            "{end} retransmitted {n} of {total} data segments ({share}): {parts}",
            "{end}이(가) 데이터 세그먼트 {total}개 중 {n}개를 재전송함({share}): {parts}", Warning, "TCP Retransmission"),
        new(
            ReasonId.SummaryNoRetransmission, "RFC 5681 section 3",
            "{end} retransmitted none of {total} data segments",
            "{end}이(가) 데이터 세그먼트 {total}개 중 재전송한 것 없음"),
        new(
            ReasonId.SummarySpurious, "RFC 4015 section 3",
            "{end} retransmitted without need: {n}",
            "{end}의 불필요한 재전송: {n}개", Note, "TCP Spurious Retransmission"),
        new(
            ReasonId.SummaryReordered, "UserTcp",
            "segments of {end} that were reordered before the capture point: {n}",
            "캡처 지점 전에 순서가 바뀐 {end}의 세그먼트: {n}개", Note, "TCP Out-Of-Order"),
        new(
            ReasonId.SummaryDuplicated, "UserTcp",
            "segments of {end} that are in the capture twice: {n}",
            "캡처에 두 번 있는 {end}의 세그먼트: {n}개", Note),
        new(
            ReasonId.SummaryWrongChecksums, "RFC 9293 section 3.1",
            "segments of {end} with a wrong checksum: {n}",
            "체크섬이 잘못된 {end}의 세그먼트: {n}개", Warning),
        new(
            ReasonId.SummaryProbes, "RFC 9293 section 3.8.6.1",
            "zero-window probes of {end}: {n}",
            "{end}의 제로 윈도 프로브: {n}개", Note, "TCP ZeroWindowProbe"),
        new(
            ReasonId.SummaryKeepAlives, "RFC 9293 section 3.8.4",
            "keep-alives of {end}: {n}",
            "{end}의 keep-alive: {n}개", Normal, "TCP Keep-Alive"),
        new(
            ReasonId.SummaryHandshake, "RFC 6298 section 3",
            "handshake RTT {rtt}: {far} to {acceptor} and {near} to {opener} from the capture point",
            "연결 설정 RTT {rtt}: 캡처 지점에서 {acceptor}까지 {far}, {opener}까지 {near}"),
        new(
            ReasonId.SummaryRtt, "RFC 6298 section 3",
            "RTT from the capture point to {end}, delayed ACKs included: min {min}, median {median}, 95th "
            + "percentile {p95}, samples: {n}",
            "캡처 지점에서 {end}까지의 RTT(지연 ACK 포함): 최소 {min}, 중앙값 {median}, 95번째 백분위수 {p95}, 표본 {n}개"),
        new(
            ReasonId.SummaryBytes, "RFC 9293 section 3.7",
            "{end} sent {bytes} bytes in {n} segments, of which {acknowledged} were acknowledged in {time}: "
            + "goodput {goodput}",
            "{end}이(가) {n}개 세그먼트로 {bytes}바이트를 보냄, {time} 동안 {acknowledged}바이트가 확인 응답됨: 굿풋 {goodput}"),
        new(ReasonId.SummaryOffer, "RFC 9293 section 3.2", "{end} offers {offer}", "{end}의 옵션: {offer}"),
        new(
            ReasonId.SummaryOneWay, "UserTcp",
            "only one direction is in the capture: what the other end did is not known",
            "한 방향만 캡처됨: 다른 쪽이 한 일은 알 수 없음", Note),
        new(
            ReasonId.SummaryMidway, "UserTcp",
            "the capture begins in the middle: windows are not scaled, and sequence numbers count from the "
            + "first one seen",
            "캡처가 중간에서 시작함: 윈도는 스케일되지 않고 순서 번호는 처음 본 번호부터 셈", Note),
        new(
            ReasonId.RuleAckBit, "RFC 9293 section 3.1",
            "{end} leaves out the ACK bit: {n}, first in frame {of}",
            "{end}이(가) ACK 비트를 빠뜨림: {n}회, 처음은 {of}번 프레임", Warning),
        new(
            ReasonId.RuleBeyondWindow, "RFC 9293 section 3.8.6",
            "{end} sends data beyond the window: {n}, first in frame {of}",
            "{end}이(가) 윈도를 벗어난 데이터를 보냄: {n}회, 처음은 {of}번 프레임", Warning),
        new(
            ReasonId.RuleWindowShrunk, "RFC 9293 section 3.8.6",
            "{end} moves the right edge of its window left: {n}, first in frame {of}",
            "{end}이(가) 윈도의 오른쪽 끝을 왼쪽으로 옮김: {n}회, 처음은 {of}번 프레임", Warning),
        new(
            ReasonId.RuleDataAfterFin, "RFC 9293 section 3.10.4",
            "{end} sends sequence numbers after its FIN: {n}, first in frame {of}",
            "{end}이(가) FIN 뒤의 순서 번호를 보냄: {n}회, 처음은 {of}번 프레임", Warning),
        new(
            ReasonId.RuleSackNotPermitted, "RFC 2018 section 2",
            "{end} sends SACK, which the peer does not permit: {n}, first in frame {of}",
            "{end}이(가) 상대가 허용하지 않은 SACK을 보냄: {n}회, 처음은 {of}번 프레임", Warning),
        new(
            ReasonId.RuleTimestampsLeftOut, "RFC 7323 section 3.2",
            "{end} leaves out the timestamps that both offered: {n}, first in frame {of}",
            "{end}이(가) 양쪽이 제안한 타임스탬프를 빠뜨림: {n}회, 처음은 {of}번 프레임", Warning),
    ];
}

using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>Losses, timers, user calls, states, limits, and the link.</content>
public static partial class Reasons
{
    private static Reason[] OtherReasons =>
    [
        new(
            ReasonId.LostByRack, "RFC 8985 section 6.2",
            "lost: {range}, RACK: the segment up to {delivered} was sent {later} later and has arrived",
            "손실: {range}, RACK: {later} 뒤에 보낸 {delivered}까지의 세그먼트가 도착함", Warning),
        new(
            ReasonId.LostByRackTimer, "RFC 8985 section 6.3",
            "lost: {range}, RACK: the reordering window of {window} is over",
            "손실: {range}, RACK: 재정렬 윈도 {window}이(가) 지남", Warning),
        new(
            ReasonId.LostBySackCount, "RFC 6675 section 4", "lost: {range}, three segments above it are SACKed",
            "손실: {range}, 그 위의 세그먼트 세 개가 SACK됨", Warning),
        new(
            ReasonId.LostByDuplicateAcks, "RFC 5681 section 3.2", "lost: {range}, three duplicate ACKs",
            "손실: {range}, 중복 ACK 세 개", Warning),
        new(
            ReasonId.LostByPartialAck, "RFC 6582 section 3.2", "lost: {range}, partial ACK",
            "손실: {range}, 부분 ACK", Warning),
        new(
            ReasonId.LostByTimeout, "RFC 6298 section 5.4", "lost: {range}, retransmission timeout",
            "손실: {range}, 재전송 타임아웃", Warning),
        new(
            ReasonId.LostByWindow, "RFC 9293 section 3.8.6",
            "to retransmit: {range}, the peer may have dropped it while its window was closed",
            "재전송 대상: {range}, 윈도가 닫힌 동안 상대가 버렸을 수 있음", Note),
        new(
            ReasonId.LostByPathMtu, "RFC 8201 section 4", "to retransmit: {range}, too big for the path",
            "재전송 대상: {range}, 경로에 비해 너무 큼", Note),
        new(
            ReasonId.TimerSet, "RFC 9293 section 3.8", "{timer} set: due in {due}{parts}",
            "{timer} 설정: {due} 뒤 만료{parts}"),
        new(ReasonId.TimerStopped, "RFC 9293 section 3.8", "{timer} stopped", "{timer} 중지"),
        new(ReasonId.TimerExpired, "RFC 9293 section 3.10.8", "{timer} expired{parts}", "{timer} 만료{parts}", Note),
        new(ReasonId.CallOpen, "RFC 9293 section 3.9.1.1", "the application opens", "애플리케이션이 연결을 엶"),
        new(
            ReasonId.CallSend, "RFC 9293 section 3.9.1.2", "the application writes {bytes} {unit}",
            "애플리케이션이 {bytes}바이트를 씀"),
        new(
            ReasonId.CallReceive, "RFC 9293 section 3.9.1.3", "the application reads {bytes} {unit}",
            "애플리케이션이 {bytes}바이트를 읽음"),
        new(
            ReasonId.CallShutdown, "RFC 9293 section 3.9.1.4", "the application closes its sending side",
            "애플리케이션이 송신 방향을 닫음"),
        new(ReasonId.CallClose, "RFC 9293 section 3.9.1.4", "the application closes", "애플리케이션이 연결을 닫음"),
        new(ReasonId.CallAbort, "RFC 9293 section 3.9.1.6", "the application aborts", "애플리케이션이 연결을 중단함", Warning),
        new(ReasonId.StateChanged, "RFC 9293 section 3.3.2", "{from} to {to}", "{from}에서 {to}(으)로"),
        new(
            ReasonId.OpenedActively, "RFC 9293 section 3.10.1", "connection opened by us, ISS {iss}",
            "이쪽에서 연 연결, ISS {iss}"),
        new(
            ReasonId.OpenedPassively, "RFC 9293 section 3.10.7.2",
            "connection opened by the peer, ISS {iss}, IRS {irs}",
            "상대가 연 연결, ISS {iss}, IRS {irs}"),
        new(
            ReasonId.OpenedByCookie, "RFC 4987 section 3.6",
            "connection opened by the ACK of a SYN cookie, ISS {iss}, IRS {irs}",
            "SYN 쿠키의 ACK으로 열린 연결, ISS {iss}, IRS {irs}"),
        new(ReasonId.Ended, "RFC 9293 section 3.6", "the connection ends: {error}", "연결 끝: {error}"),
        new(ReasonId.LimitNone, "RFC 9293 section 3.8.6", "nothing limits the sender", "송신을 제한하는 것 없음"),
        new(
            ReasonId.LimitNoData, "RFC 9293 section 3.7", "limited by the application: nothing to send",
            "애플리케이션 제한: 보낼 데이터 없음"),
        new(
            ReasonId.LimitPeerWindow, "RFC 9293 section 3.8.6",
            "limited by the peer's window: {window} bytes, all in use",
            "상대 윈도 제한: {window}바이트 모두 사용 중", Note, "TCP Window Full"),
        new(
            ReasonId.LimitCongestionWindow, "RFC 5681 section 3", "limited by the congestion window: {cwnd} bytes",
            "혼잡 윈도 제한: {cwnd}바이트"),
        new(
            ReasonId.LimitSmallSegment, "RFC 9293 section 3.7.4", "waits for a full segment (Nagle, SWS avoidance)",
            "최대 크기 세그먼트를 기다림(Nagle, SWS 회피)"),
        new(ReasonId.LimitPacing, "RFC 9002 section 7.7", "limited by the pacer", "페이서 제한"),
        new(ReasonId.LimitMtuProbe, "RFC 4821 section 7", "waits for room for an MTU probe", "MTU 프로브를 보낼 자리를 기다림"),
        new(ReasonId.Gap, "UserTcp", "{n} events were not recorded for this viewer", "이 뷰어가 받지 못한 이벤트 {n}개", Warning),
        new(
            ReasonId.LinkLost, "UserTcp",
            "the link lost {frame}: {cause}",
            "링크가 {frame}을(를) 잃음: {cause}", Warning),
        new(
            ReasonId.LinkHeld, "UserTcp",
            "the link holds {frame} for {delay}: {cause}",
            "링크가 {frame}을(를) {delay} 동안 붙잡음: {cause}", Note),
        new(
            ReasonId.LinkDuplicated, "UserTcp",
            "the link duplicates {frame}: {cause}",
            "링크가 {frame}을(를) 복제함: {cause}", Note),
        new(
            ReasonId.LinkReordered, "UserTcp",
            "the link reorders {frame}, {delay} later: {cause}",
            "링크가 {frame}을(를) {delay} 늦춰 순서가 바뀜: {cause}", Note),
        new(
            ReasonId.LinkCorrupted, "UserTcp",
            "the link corrupts {frame}: {cause}",
            "링크가 {frame}을(를) 손상시킴: {cause}", Warning),
        new(
            ReasonId.LinkMarked, "RFC 3168 section 5",
            "the link sets CE on {frame}: {cause}",
            "링크가 {frame}에 CE를 표시함: {cause}", Note),
        new(
            ReasonId.LinkReplayed, "UserTcp",
            "the link delivers {frame} once more, {delay} later: {cause}",
            "링크가 {frame}을(를) {delay} 뒤에 한 번 더 전달함: {cause}", Note),
        new(
            ReasonId.LinkQueueFull, "UserTcp",
            "the link drops {frame}: its queue is full",
            "링크가 {frame}을(를) 버림: 큐가 가득 참", Warning),
    ];
}

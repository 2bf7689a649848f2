using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>Why we sent a segment, and what it says.</content>
public static partial class Reasons
{
    private static Reason[] SentReasons =>
    [
        new(ReasonId.ActiveOpen, "RFC 9293 section 3.10.1", "SYN: active open {offer}", "SYN: 능동적 열기 {offer}"),
        new(
            ReasonId.AnswerSyn, "RFC 9293 section 3.10.7.2", "SYN,ACK: reply to the SYN {offer}",
            "SYN,ACK: SYN에 대한 응답 {offer}"),
        new(
            ReasonId.SynCookie, "RFC 4987 section 3.6", "SYN,ACK with a SYN cookie: no state kept {offer}",
            "SYN 쿠키를 담은 SYN,ACK: 상태를 저장하지 않음 {offer}", Note),
        new(ReasonId.CompleteHandshake, "RFC 9293 section 3.10.7.3", "ACK: handshake complete", "ACK: 연결 설정 완료"),
        new(ReasonId.Data, "RFC 9293 section 3.10.2", "data: {bytes} {unit}", "데이터: {bytes}바이트"),
        new(
            ReasonId.DataInSegments, "RFC 9293 section 3.7.1", "data: {bytes} bytes in {n} segments",
            "데이터: 세그먼트 {n}개에 {bytes}바이트"),
        new(
            ReasonId.CongestionWindowReduced, "RFC 3168 section 6.1.2", "CWR: we have reduced the congestion window",
            "CWR: 혼잡 윈도를 줄였음", Note),
        new(
            ReasonId.EchoesCe, "RFC 3168 section 6.1.3", "ECN-echo: CE has arrived, until the peer sends CWR",
            "ECN-echo: CE가 도착했고, 상대가 CWR을 보낼 때까지 알림", Note),
        new(ReasonId.Close, "RFC 9293 section 3.10.4", "FIN: we have no more to send", "FIN: 더 보낼 데이터가 없음"),
        new(
            ReasonId.AcknowledgeEverySecond, "RFC 9293 section 3.8.6.3", "immediate ACK: second full-sized segment",
            "즉시 ACK: 두 번째 최대 크기 세그먼트"),
        new(
            ReasonId.QuickAck, "RFC 5681 section 4.2", "quick ACK: the connection starts, or was idle",
            "빠른 ACK: 연결 초기이거나 유휴 상태 이후"),
        new(
            ReasonId.QuickAckAfterCe, "RFC 3168 section 6.1.3", "quick ACK: the path's congestion has changed",
            "빠른 ACK: 경로의 혼잡 상태가 바뀜", Note),
        new(
            ReasonId.DelayedAck, "RFC 9293 section 3.8.6.3", "delayed ACK: no data carried it in time",
            "지연 ACK: 제때 실어 보낼 데이터가 없었음"),
        new(
            ReasonId.AcknowledgeOutOfOrder, "RFC 5681 section 4.2", "duplicate ACK: {hole} is missing",
            "중복 ACK: {hole}이(가) 비어 있음", Note, "TCP Dup ACK"),
        new(
            ReasonId.AcknowledgeFilledHole, "RFC 5681 section 4.2", "immediate ACK: the hole is filled",
            "즉시 ACK: 빈 구간이 채워짐"),
        new(
            ReasonId.AcknowledgeDuplicate, "RFC 2883 section 4", "immediate ACK: duplicate data",
            "즉시 ACK: 중복 데이터", Note, "TCP Dup ACK"),
        new(ReasonId.AcknowledgeFin, "RFC 9293 section 3.10.7.4", "ACK of the peer's FIN", "상대 FIN에 대한 ACK"),
        new(ReasonId.TimeWaitStarts, "RFC 9293 section 3.6.1", "TIME-WAIT lasts 2 MSL", "TIME-WAIT은 2 MSL 동안 유지됨"),
        new(
            ReasonId.WindowUpdateSent, "RFC 9293 section 3.8.6.2.2",
            "window update: the application has read, window {window}",
            "윈도 갱신: 애플리케이션이 읽었음, 윈도 {window}", Normal, "TCP Window Update"),
        new(
            ReasonId.OurWindowClosed, "RFC 9293 section 3.8.6",
            "our receive window is closed: {unread} bytes wait for the application",
            "수신 윈도가 닫힘: {unread}바이트가 애플리케이션을 기다림", Note, "TCP ZeroWindow"),
        new(
            ReasonId.UnacceptableSegment, "RFC 9293 section 3.10.7.4", "ACK: the segment was not acceptable",
            "ACK: 받아들일 수 없는 세그먼트", Note),
        new(
            ReasonId.ProbeAnswered, "RFC 9293 section 3.8.6.1", "ACK: answers the zero-window probe",
            "ACK: 제로 윈도 프로브에 대한 응답", Normal, "TCP ZeroWindowProbeAck"),
        new(
            ReasonId.KeepAliveAnswered, "RFC 9293 section 3.8.4", "ACK: answers the keep-alive",
            "ACK: keep-alive에 대한 응답", Normal, "TCP Keep-Alive ACK"),
        new(
            ReasonId.ChallengeAck, "RFC 5961 section 3.2", "challenge ACK: the peer must confirm",
            "도전 ACK: 상대가 확인해야 함", Warning),
        new(
            ReasonId.RetransmissionTimeout, "RFC 6298 section 5.4", "retransmission: timeout (RTO)",
            "재전송: 타임아웃(RTO)", Warning, "TCP Retransmission"),
        new(
            ReasonId.SynRetransmission, "RFC 9293 section 3.8.1", "retransmission: {flags} again, timeout (RTO)",
            "재전송: {flags} 다시, 타임아웃(RTO)", Warning, "TCP Retransmission"),
        new(
            ReasonId.SynAnsweredAgain, "RFC 9293 section 3.8.1",
            "retransmission: SYN,ACK again, since the peer retransmitted its SYN",
            "재전송: SYN이 다시 와서 SYN,ACK을 다시 보냄", Warning, "TCP Retransmission"),
        new(
            ReasonId.FastRetransmit, "RFC 5681 section 3.2", "retransmission: fast retransmit",
            "재전송: 빠른 재전송", Warning, "TCP Fast Retransmission"),
        new(
            ReasonId.PartialAckRetransmit, "RFC 6582 section 3.2", "retransmission: partial ACK",
            "재전송: 부분 ACK", Warning, "TCP Retransmission"),
        new(
            ReasonId.WindowReopened, "RFC 9293 section 3.8.6", "retransmission: the peer's window has reopened",
            "재전송: 상대 윈도가 다시 열림", Note, "TCP Retransmission"),
        new(
            ReasonId.LostSegment, "RFC 6675 section 5", "retransmission: another lost segment",
            "재전송: 또 다른 손실 세그먼트", Warning, "TCP Retransmission"),
        new(
            ReasonId.TailLossProbe, "RFC 8985 section 7.3", "retransmission: tail loss probe (TLP), no ACK for {pto}",
            "재전송: 꼬리 손실 프로브(TLP), {pto} 동안 ACK 없음", Note, "TCP Retransmission"),
        new(
            ReasonId.PathMtu, "RFC 8201 section 4", "retransmission: smaller segments for a lower path MTU",
            "재전송: 더 작은 경로 MTU에 맞춘 세그먼트", Note, "TCP Retransmission"),
        new(ReasonId.FinRetransmission, "RFC 9293 section 3.10.4", "with our FIN", "FIN 포함"),
        new(ReasonId.FoundLostBy, "RFC 8985 section 6", "lost by {rule}", "{rule}(으)로 손실 판정"),
        new(ReasonId.FrameWasLost, "UserTcp", "the link lost frame n={of}", "링크가 n={of} 프레임을 잃음"),
        new(
            ReasonId.ZeroWindowProbe, "RFC 9293 section 3.8.6.1", "zero-window probe {n}: does the window stay closed?",
            "제로 윈도 프로브 {n}: 윈도가 아직 닫혀 있는가?", Note, "TCP ZeroWindowProbe"),
        new(
            ReasonId.KeepAlive, "RFC 9293 section 3.8.4", "keep-alive: the peer has been silent",
            "keep-alive: 상대가 조용함", Normal, "TCP Keep-Alive"),
        new(
            ReasonId.Urgent, "RFC 9293 section 3.8.5", "urgent pointer: urgent data is waiting",
            "긴급 포인터: 긴급 데이터가 대기 중", Note),
        new(
            ReasonId.ResetNoConnection, "RFC 9293 section 3.10.7.1", "RST: no such listener or connection",
            "RST: 해당 리스너나 연결이 없음", Warning),
        new(
            ReasonId.ResetAbort, "RFC 9293 section 3.10.5", "RST: the application aborted, or left data unread",
            "RST: 애플리케이션이 중단했거나 데이터를 읽지 않음", Warning),
        new(
            ReasonId.ResetAfterClose, "RFC 9293 section 3.6.1", "RST: data arrived after the application closed",
            "RST: 애플리케이션이 닫은 뒤 데이터가 도착함", Warning),
        new(
            ReasonId.ResetUnacceptableAck, "RFC 9293 section 3.5.2", "RST: unacceptable ACK",
            "RST: 받아들일 수 없는 ACK", Warning),
        new(
            ReasonId.ResetTimeout, "RFC 9293 section 3.8.3", "RST: the peer did not reply in time",
            "RST: 상대가 제때 응답하지 않음", Error),
        new(
            ReasonId.ResetMemory, "UserTcp", "RST: out of memory, and the peer does not accept its data",
            "RST: 메모리가 부족하고 상대가 데이터를 받지 않음", Error),
        new(
            ReasonId.ResetMinProgress, "RFC 9293 section 3.8.6.1", "RST: the peer acknowledged too little for too long",
            "RST: 상대가 너무 오래 너무 적게 확인 응답함", Error),
        new(ReasonId.ResetFault, "UserTcp", "RST: internal fault with this connection", "RST: 이 연결의 내부 오류", Error),
        new(
            ReasonId.MtuProbe, "RFC 4821 section 7", "MTU probe: data in a larger segment, {bytes} bytes",
            "MTU 프로브: 더 큰 세그먼트, {bytes}바이트"),
        new(ReasonId.UserTimeout, "RFC 5482 section 3", "ACK with the user timeout option", "사용자 타임아웃 옵션을 담은 ACK"),
        new(ReasonId.TimeWaitAck, "RFC 9293 section 3.10.7.4", "ACK from TIME-WAIT", "TIME-WAIT에서 보내는 ACK", Note),
        new(ReasonId.SackReport, "RFC 2018 section 4", "SACK: {blocks} has arrived", "SACK: {blocks} 도착함"),
        new(
            ReasonId.DsackReport, "RFC 2883 section 4", "D-SACK: {block} arrived twice",
            "D-SACK: {block}이(가) 두 번 도착함", Note),
    ];
}

using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>What an arrival meant.</content>
public static partial class Reasons
{
    private static Reason[] ReceivedReasons =>
    [
        new(ReasonId.SynArrived, "RFC 9293 section 3.10.7.2", "SYN: the peer opens {offer}", "SYN: 상대가 연결을 엶 {offer}"),
        new(
            ReasonId.SynReusesTimeWait, "RFC 9293 section 3.6.1",
            "SYN: the peer reuses a connection in TIME-WAIT {offer}",
            "SYN: 상대가 TIME-WAIT 연결을 재사용함 {offer}", Normal, "TCP Port numbers reused"),
        new(
            ReasonId.SynGetsCookie, "RFC 4987 section 3.6", "SYN: the peer opens, no state kept {offer}",
            "SYN: 상대가 연결을 엶, 상태를 저장하지 않음 {offer}", Note),
        new(
            ReasonId.SynCrosses, "RFC 9293 section 3.5", "SYN crosses ours: simultaneous open {offer}",
            "SYN이 서로 엇갈림: 동시 열기 {offer}"),
        new(
            ReasonId.SynAckArrived, "RFC 9293 section 3.10.7.3", "SYN,ACK: the peer accepts {offer}",
            "SYN,ACK: 상대가 수락함 {offer}"),
        new(ReasonId.HandshakeComplete, "RFC 9293 section 3.10.7.4", "ACK: handshake complete", "ACK: 연결 설정 완료"),
        new(ReasonId.AckOfData, "RFC 9293 section 3.10.7.4", "ACK of {bytes} {unit}", "{bytes}바이트에 대한 ACK"),
        new(ReasonId.AckOfFin, "RFC 9293 section 3.10.7.4", "ACK of our FIN", "FIN에 대한 ACK"),
        new(ReasonId.PureAck, "RFC 9293 section 3.10.7.4", "ACK: nothing new", "ACK: 새로운 내용 없음"),
        new(
            ReasonId.DuplicateAck, "RFC 5681 section 2", "duplicate ACK {n}: the peer still waits for {seq}",
            "중복 ACK {n}: 상대가 아직 {seq}을(를) 기다림", Note, "TCP Dup ACK"),
        new(
            ReasonId.OldAck, "RFC 9293 section 3.10.7.4", "old ACK: reordered on the path",
            "오래된 ACK: 경로에서 순서가 바뀜", Note),
        new(
            ReasonId.SackNews, "RFC 2018 section 5", "SACK: {blocks} has arrived at the peer, {hole} has not",
            "SACK: {blocks}은(는) 상대에 도착했고 {hole}은(는) 도착하지 않음", Note),
        new(
            ReasonId.DuplicateReported, "RFC 2883 section 4", "D-SACK: {block} arrived twice at the peer",
            "D-SACK: {block}이(가) 상대에 두 번 도착함", Note),
        new(
            ReasonId.PartialAck, "RFC 6582 section 3.2", "partial ACK of {bytes} {unit}: the recovery goes on",
            "{bytes}바이트에 대한 부분 ACK: 복구가 계속됨", Note),
        new(
            ReasonId.RecoveryEnds, "RFC 6675 section 5", "ACK of {bytes} {unit}: the recovery ends",
            "{bytes}바이트에 대한 ACK: 복구 종료"),
        new(
            ReasonId.RecoveryUndone, "RFC 4015 section 3", "nothing was lost: the recovery was spurious and is undone",
            "손실이 없었음: 불필요한 복구를 되돌림", Note, "TCP Spurious Retransmission"),
        new(
            ReasonId.WindowClosed, "RFC 9293 section 3.8.6",
            "the peer's window is closed: its application does not read",
            "상대 윈도가 닫힘: 상대 애플리케이션이 읽지 않음", Warning, "TCP ZeroWindow"),
        new(
            ReasonId.WindowOpened, "RFC 9293 section 3.8.6",
            "the peer's window opens: {window} bytes, closed for {closed}",
            "상대 윈도가 열림: {window}바이트, {closed} 동안 닫혀 있었음", Note, "TCP Window Update"),
        new(
            ReasonId.WindowUpdate, "RFC 9293 section 3.8.6", "window update: {window} bytes",
            "윈도 갱신: {window}바이트", Normal, "TCP Window Update"),
        new(
            ReasonId.WindowShrunk, "RFC 9293 section 3.8.6", "the window shrinks to {window} bytes",
            "윈도가 {window}바이트로 줄어듦", Note),
        new(
            ReasonId.ProbeAnswer, "RFC 9293 section 3.8.6.1", "answer to our zero-window probe: still closed",
            "제로 윈도 프로브에 대한 응답: 아직 닫혀 있음", Normal, "TCP ZeroWindowProbeAck"),
        new(ReasonId.DataArrived, "RFC 9293 section 3.10.7.4", "data: {bytes} {unit}", "데이터: {bytes}바이트"),
        new(
            ReasonId.OutOfOrder, "RFC 9293 section 3.10.7.4", "out of order: {bytes} {unit} beyond the hole {hole}",
            "순서 어긋남: 빈 구간 {hole} 뒤의 {bytes}바이트", Note, "TCP Previous segment not captured"),
        new(
            ReasonId.FillsHole, "RFC 9293 section 3.10.7.4",
            "fills the hole: {bytes} {unit}, and {released} more become readable",
            "빈 구간을 채움: {bytes}바이트, 추가로 {released}바이트를 읽을 수 있게 됨", Note, "TCP Out-Of-Order"),
        new(
            ReasonId.AlreadyReceived, "RFC 9293 section 3.10.7.4", "already received: {bytes} {unit} again",
            "이미 받은 데이터: {bytes}바이트 다시 도착", Note, "TCP Spurious Retransmission"),
        new(
            ReasonId.BeyondWindow, "RFC 9293 section 3.10.7.4", "beyond the receive window: {bytes} {unit}",
            "수신 윈도를 벗어남: {bytes}바이트", Warning, "TCP Window Full"),
        new(
            ReasonId.KeepAliveArrived, "RFC 9293 section 3.8.4", "keep-alive of the peer",
            "상대의 keep-alive", Normal, "TCP Keep-Alive"),
        new(
            ReasonId.ZeroWindowProbeArrived, "RFC 9293 section 3.8.6.1", "zero-window probe of the peer",
            "상대의 제로 윈도 프로브", Note, "TCP ZeroWindowProbe"),
        new(
            ReasonId.FinArrived, "RFC 9293 section 3.10.7.4", "FIN: the peer has no more to send",
            "FIN: 상대가 더 보낼 데이터가 없음"),
        new(
            ReasonId.FinBeyondHole, "RFC 9293 section 3.10.7.4", "FIN beyond a hole: it waits",
            "빈 구간 뒤의 FIN: 대기함", Note),
        new(
            ReasonId.FinAgain, "RFC 9293 section 3.10.7.4", "FIN again: our ACK of it was lost, or is late",
            "FIN 다시 도착: ACK이 손실되었거나 늦음", Note, "TCP Retransmission"),
        new(
            ReasonId.SynAgain, "RFC 9293 section 3.10.7.4", "SYN again: our SYN,ACK was lost, or is late",
            "SYN 다시 도착: SYN,ACK이 손실되었거나 늦음", Note, "TCP Retransmission"),
        new(
            ReasonId.CeArrived, "RFC 3168 section 6.1.3", "CE: a router on the path is congested",
            "CE: 경로의 라우터가 혼잡함", Note),
        new(
            ReasonId.CwrArrived, "RFC 3168 section 6.1.3", "CWR: the peer has reduced its congestion window",
            "CWR: 상대가 혼잡 윈도를 줄임", Note),
        new(
            ReasonId.EceReduces, "RFC 3168 section 6.1.2",
            "ECN-echo: our data met congestion, the congestion window is reduced",
            "ECN-echo: 보낸 데이터가 혼잡을 만났고 혼잡 윈도를 줄임", Note),
        new(
            ReasonId.EceEcho, "RFC 3168 section 6.1.2", "ECN-echo again: already answered in this round trip",
            "ECN-echo 반복: 이번 왕복에서 이미 대응함"),
        new(
            ReasonId.ChallengeSuppressed, "RFC 5961 section 7", "no answer: the rate limit of challenge ACKs",
            "응답하지 않음: 도전 ACK 속도 제한", Note),
        new(ReasonId.AnsweredByReset, "RFC 9293 section 3.5.2", "a RST answers it", "RST로 응답함", Warning),
        new(ReasonId.NoMemory, "UserTcp", "data dropped: memory is exhausted", "데이터 버림: 메모리 고갈", Warning),
        new(ReasonId.UrgentArrived, "RFC 9293 section 3.8.5", "urgent data", "긴급 데이터", Note),
        new(ReasonId.TimeWaitBegins, "RFC 9293 section 3.6.1", "TIME-WAIT lasts 2 MSL", "TIME-WAIT은 2 MSL 동안 유지됨"),
        new(ReasonId.ConnectionClosed, "RFC 9293 section 3.6", "connection closed", "연결 종료"),
        new(ReasonId.NoConnection, "RFC 9293 section 3.10.7.1", "no such connection", "해당 연결 없음", Warning),
        new(
            ReasonId.ListenDropped, "RFC 9293 section 3.10.7.2", "dropped: no room for another connection",
            "버림: 연결을 더 받을 자리가 없음", Warning),
        new(
            ReasonId.OutsideWindow, "RFC 9293 section 3.10.7.4", "dropped: outside the receive window",
            "버림: 수신 윈도 밖", Warning),
        new(
            ReasonId.ResetArrived, "RFC 9293 section 3.10.7.4", "RST at RCV.NXT: connection reset",
            "RCV.NXT의 RST: 연결이 재설정됨", Error),
        new(
            ReasonId.ResetChallenged, "RFC 5961 section 3.2", "RST in the window, but not at RCV.NXT: challenge ACK",
            "윈도 안이지만 RCV.NXT가 아닌 RST: 도전 ACK", Warning),
        new(ReasonId.ResetIgnored, "RFC 5961 section 3.2", "dropped: unacceptable RST", "버림: 받아들일 수 없는 RST", Warning),
        new(
            ReasonId.SynChallenged, "RFC 5961 section 4.2", "SYN in a synchronized state: challenge ACK",
            "동기화된 상태의 SYN: 도전 ACK", Warning),
        new(ReasonId.WithoutAck, "RFC 9293 section 3.10.7.4", "dropped: no ACK bit", "버림: ACK 비트 없음", Warning),
        new(
            ReasonId.AckUnacceptable, "RFC 5961 section 5.2", "unacceptable ACK: SEG.ACK is not in what we have sent",
            "받아들일 수 없는 ACK: 보낸 범위 밖의 확인 응답 번호", Warning, "TCP ACKed unseen segment"),
        new(
            ReasonId.DataAfterClose, "RFC 9293 section 3.6.1", "data: {bytes} {unit}, after the application closed",
            "애플리케이션이 닫은 뒤의 데이터: {bytes}바이트", Warning),
        new(
            ReasonId.TimeWaitSegment, "RFC 9293 section 3.10.7.4", "segment of a connection in TIME-WAIT",
            "TIME-WAIT 연결의 세그먼트", Note),
        new(
            ReasonId.PawsDropped, "RFC 7323 section 5.3", "dropped: old timestamp (PAWS)",
            "버림: 오래된 타임스탬프(PAWS)", Warning),
    ];
}

using static UserTcp.Capture.Explaining.Severity;

namespace UserTcp.Capture.Explaining;

/// <content>What only a capture shows, and what is inferred from it.</content>
public static partial class Reasons
{
    private static Reason[] InferredReasons =>
    [
        new(
            ReasonId.CaptureGap, "UserTcp",
            "{bytes} {unit} before it are not in the capture: lost before the capture point, reordered, or "
            + "not captured",
            "앞의 {bytes}바이트가 캡처에 없음: 캡처 지점 전에 손실되었거나 순서가 바뀌었거나 캡처되지 않음", Note, "TCP Previous segment not captured"),
        new(
            ReasonId.ReorderedBefore, "UserTcp",
            "reordered before the capture point: sent before frame {of}",
            "캡처 지점 전에 순서가 바뀜: {of}번 프레임보다 먼저 보냄", Note, "TCP Out-Of-Order"),
        new(
            ReasonId.AckOfUncaptured, "UserTcp",
            "acknowledges {bytes} {unit} that the capture does not have",
            "캡처에 없는 {bytes}바이트를 확인 응답함", Note, "TCP ACKed unseen segment"),
        new(
            ReasonId.CauseSack, "RFC 6675 section 5",
            "retransmission: fast retransmit, SACK reports {bytes} bytes above it",
            "재전송: 빠른 재전송, SACK이 그 위의 {bytes}바이트를 알림", Warning, "TCP Fast Retransmission"),
        new(
            ReasonId.CauseDuplicateAcks, "RFC 5681 section 3.2",
            "retransmission: fast retransmit after duplicate ACKs: {n}",
            "재전송: 중복 ACK {n}개 뒤의 빠른 재전송", Warning, "TCP Fast Retransmission"),
        new(
            ReasonId.CauseRecovery, "RFC 6675 section 5",
            "retransmission: the recovery that frame {of} began goes on",
            "재전송: {of}번 프레임이 시작한 복구가 계속됨", Warning, "TCP Retransmission"),
        new(
            ReasonId.CauseTimeout, "RFC 6298 section 5.4",
            "retransmission: timeout (RTO), no ACK for {after}",
            "재전송: 타임아웃(RTO), {after} 동안 ACK 없음", Warning, "TCP Retransmission"),
        new(
            ReasonId.CauseTailLossProbe, "RFC 8985 section 7.3",
            "retransmission: tail loss probe (TLP), no ACK for {after}",
            "재전송: 꼬리 손실 프로브(TLP), {after} 동안 ACK 없음", Note, "TCP Retransmission"),
        new(
            ReasonId.CauseUnknown, "UserTcp",
            "retransmission: the capture does not show why",
            "재전송: 이유가 캡처에 보이지 않음", Warning, "TCP Retransmission"),
        new(
            ReasonId.OriginalCaptured, "UserTcp",
            "frame {of} had sent it {after} before: lost after the capture point, or its ACK was lost "
            + "or late",
            "{of}번 프레임이 {after} 전에 같은 데이터를 가졌음: 캡처 지점 뒤에서 손실되었거나 그 ACK이 손실되거나 늦음", Note),
        new(
            ReasonId.OriginalNotCaptured, "UserTcp",
            "the original is not in the capture: lost before the capture point, or not captured",
            "원본이 캡처에 없음: 캡처 지점 전에 손실되었거나 캡처되지 않음", Note),
        new(
            ReasonId.SpuriousByDsack, "RFC 2883 section 4",
            "spurious: the D-SACK of frame {of} says that it arrived twice",
            "불필요함: {of}번 프레임의 D-SACK이 두 번 도착했다고 알림", Note, "TCP Spurious Retransmission"),
        new(
            ReasonId.SpuriousByAck, "RFC 9293 section 3.10.7.4",
            "spurious: frame {of} has acknowledged it; that ACK was on its way or was lost",
            "불필요함: {of}번 프레임이 이미 확인 응답함, 그 ACK은 가는 중이었거나 손실됨", Note, "TCP Spurious Retransmission"),
        new(
            ReasonId.DuplicatedFrame, "UserTcp",
            "the same as frame {of}, {after} later: duplicated on the path, or captured twice",
            "{after} 전의 {of}번 프레임과 같음: 경로에서 복제되었거나 두 번 캡처됨", Note, "TCP Retransmission"),
        new(
            ReasonId.WrongChecksum, "RFC 9293 section 3.1",
            "wrong checksum: the receiver drops it",
            "잘못된 체크섬: 수신자가 버림", Warning),
        new(ReasonId.OptionsCut, "UserTcp", "its options are cut off in the capture", "캡처에서 옵션이 잘림", Note),
        new(ReasonId.ImmediateAck, "RFC 5681 section 4.2", "immediate ACK", "즉시 ACK"),
        new(
            ReasonId.SenderWindowClosed, "RFC 9293 section 3.8.6",
            "our receive window is closed",
            "수신 윈도가 닫힘", Warning, "TCP ZeroWindow"),
        new(
            ReasonId.WindowFull, "RFC 9293 section 3.8.6",
            "the receiver's window is full: {window} bytes in flight",
            "수신자의 윈도가 가득 참: 전송 중 {window}바이트", Note, "TCP Window Full"),
    ];
}

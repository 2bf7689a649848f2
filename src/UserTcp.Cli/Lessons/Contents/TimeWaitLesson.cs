using System.Net.Sockets;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>What TIME-WAIT is for: the lost last ACK, and the old duplicate.</summary>
internal sealed class TimeWaitLesson : Lesson
{
    private static readonly Claim LastAckWaits = new(
        "When the last ACK is lost, the peer stays in LAST-ACK and retransmits its FIN.",
        "마지막 ACK가 손실되면 상대는 LAST-ACK에 머물며 FIN을 재전송한다.");

    private static readonly Claim TimeWaitAnswers = new(
        "TIME-WAIT answers the retransmitted FIN, and the peer gets to CLOSED.",
        "TIME-WAIT가 재전송된 FIN에 응답하고, 상대는 CLOSED가 된다.");

    private static readonly Claim ResetInstead = new(
        "Without TIME-WAIT a RST answers the retransmitted FIN: an orderly close ends as an error.",
        "TIME-WAIT가 없으면 재전송된 FIN에 RST가 돌아간다. 정상적인 닫기가 오류로 끝난다.");

    private static readonly Claim WrongStream = new(
        "Without TIME-WAIT an old segment gets into the next connection: its server reads wrong bytes, and no error.",
        "TIME-WAIT가 없으면 오래된 세그먼트가 다음 연결에 끼어든다. 서버는 오류 없이 잘못된 바이트를 읽는다.");

    private static readonly Claim RightStream = new(
        "With TIME-WAIT the server remembers the old connection, and starts the new one beyond its numbers: the old "
        + "segment is dropped.",
        "TIME-WAIT가 있으면 서버가 이전 연결을 기억하고 새 연결을 그 번호보다 뒤에서 시작하므로 오래된 세그먼트는 버려진다.");

    private static readonly Claim Paws = new(
        "Without TIME-WAIT, timestamps help: PAWS drops the segment, since its timestamp is too old.",
        "TIME-WAIT가 없어도 타임스탬프가 막아 준다. 타임스탬프가 오래된 세그먼트를 PAWS가 버린다.");

    private static readonly Claim Clock = new(
        "Without both, an ISN from a clock usually helps: the old SEQ lies outside of the new window.",
        "둘 다 없어도 시계에 기반한 ISN이 대개 막아 준다. 오래된 순서 번호는 새 수신 윈도 밖에 있다.");

    private static readonly Claim AckCheck = new(
        "Where the server has sent little, its own ISN helps: the old ACK is below its first byte (RFC 5961).",
        "서버가 보낸 데이터가 적으면 서버의 ISN이 막아 준다. 오래된 확인 응답 번호가 서버의 첫 바이트보다 앞선다(RFC 5961).");

    private static readonly TimeSpan None = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    public override string Name => "time-wait";

    public override Words Title => new(
        "Why TIME-WAIT: the lost last ACK, and the old segment in a new connection",
        "TIME-WAIT가 필요한 이유: 손실된 마지막 ACK, 그리고 새 연결에 끼어든 오래된 세그먼트");

    public override IReadOnlyList<Claim> Claims =>
        [LastAckWaits, TimeWaitAnswers, ResetInstead, WrongStream, RightStream, Paws, Clock, AckCheck];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The end that closes first waits in TIME-WAIT for 2 MSL: twice the time that a segment may live in the "
            + "network. This lesson lets UserTcp close first, once with an MSL of 30 s, and once with 1 ms, which is "
            + "as good as no TIME-WAIT.",
            "먼저 닫은 쪽은 TIME-WAIT에서 2 MSL, 즉 세그먼트가 네트워크에 남아 있을 수 있는 최대 시간(MSL)의 두 배 동안 "
            + "기다립니다. 이 수업에서는 UserTcp가 먼저 닫습니다. MSL을 30초로 둔 "
            + "경우와, TIME-WAIT가 없는 것이나 다름없는 1ms로 둔 경우를 비교합니다.");
        await LoseLastAckAsync(stage);
        await RefuseFinAsync(stage);
        await IntroduceDuplicateAsync(stage);
        await MisleadAsync(stage);
        await ProtectAsync(
            stage, new OldDuplicateSetting(Usual), RightStream, Disposition.AckUnacceptable,
            new Words("MSL 30 s", "MSL 30초"));
        await ProtectAsync(
            stage, new OldDuplicateSetting(None, Timestamps: true), Paws, Disposition.Paws,
            new Words("MSL 1 ms, timestamps", "MSL 1ms, 타임스탬프 사용"));
        await ProtectAsync(
            stage, new OldDuplicateSetting(None, RepeatsIsn: false), Clock, Disposition.OutsideWindow,
            new Words("MSL 1 ms, and the kernel chooses its ISN", "MSL 1ms, 커널이 ISN을 선택"));
        await ProtectAsync(
            stage, new OldDuplicateSetting(None, Greeting: 0), AckCheck, Disposition.AckUnacceptable,
            new Words("MSL 1 ms, and the server sends nothing", "MSL 1ms, 서버는 아무것도 보내지 않음"));
    }

    private static async Task LoseLastAckAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync(
            "drop=ack-of-fin:1:from-stack", options => options.MaxSegmentLifetime = Usual);
        var tuple = await CloseAsync(stage, network);
        await stage.UntilAsync(
            () => network.Events(tuple).Verdicts(LinkVerdictKind.Lost).Length > 0, "the loss of the last ACK");
        var waiting = network.KernelState(tuple);
        await stage.UntilAsync(() => network.KernelState(tuple) is null, "the kernel's CLOSED");
        var events = network.Events(tuple);
        await stage.ShowAsync(
            network, tuple, "The last ACK is lost; UserTcp is in TIME-WAIT.",
            "마지막 ACK가 손실됩니다. UserTcp는 TIME-WAIT에 있습니다.");
        var fins = events.Received(TcpFlags.Fin);
        await stage.CheckAsync(
            LastAckWaits,
            waiting == TcpState.LastAck && fins is [var fin, var again] && fin.Header().Seq == again.Header().Seq,
            $"Linux: {Evidence.NameOf(waiting)}, FIN +{fins[0].To(fins[^1]).Milliseconds()}");
        await stage.CheckAsync(
            TimeWaitAnswers,
            events.Sent()[^1].Segment() is { Reason: SegmentReason.TimeWaitAck } && network.KernelState(tuple) is null
                && network.StackState(tuple) == TcpState.TimeWait,
            $"UserTcp: {Evidence.NameOf(network.StackState(tuple))}, "
            + $"Linux: {Evidence.NameOf(network.KernelState(tuple))}");
    }

    private static async Task RefuseFinAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync(
            "drop=ack-of-fin:1:from-stack", options => options.MaxSegmentLifetime = None);
        var tuple = await CloseAsync(stage, network);
        await stage.UntilAsync(() => network.Events(tuple).Sent(TcpFlags.Rst).Length > 0, "the RST");
        var events = network.Events(tuple);
        await stage.ShowAsync(
            network, tuple, "The same loss, with an MSL of 1 ms.", "같은 손실, MSL은 1ms입니다.");
        await stage.CheckAsync(
            ResetInstead,
            events.Received(TcpFlags.Fin).Length == 2
                && events.Sent(TcpFlags.Rst) is [{ Event.Segment.Reason: SegmentReason.ResetNoConnection }],
            events.Segments().SkipWhile(one => !one.Has(TcpFlags.Fin)).Arrows());
    }

    /// <summary>UserTcp closes first, then the kernel.</summary>
    private static async Task<FourTuple> CloseAsync(LessonStage stage, LessonNetwork network)
    {
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        connection.Stack.CompleteWrites();
        await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Send);
        return connection.Tuple;
    }

    private static async Task IntroduceDuplicateAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The second reason. A server greets its client with 60,000 bytes; the client sends old-1 to old-5. The "
            + "link delays old-2. TCP retransmits it, so all arrives, and both close. The client opens from the same "
            + "port once more, and sends new-1, new-2 and new-3. Behind new-1 the delayed old-2 arrives. The link "
            + "holds it for 300 ms; in a real network it may take longer.",
            "두 번째 이유입니다. 서버가 먼저 60,000바이트를 보내고, 클라이언트가 old-1부터 old-5까지 보냅니다. 링크가 old-2를 "
            + "지연시키지만 TCP가 재전송하므로 모두 도착하고, 양쪽이 연결을 닫습니다. 클라이언트는 같은 포트로 다시 연결을 열어 "
            + "new-1, new-2, new-3을 보냅니다. 그런데 new-1 다음에 지연되었던 old-2가 도착합니다. 여기서는 링크가 300ms 동안 "
            + "붙잡아 두지만 실제 네트워크에서는 더 오래 걸릴 수도 있습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "No TIME-WAIT, no timestamps, and the client starts from the same ISN as before, as it may after a "
                + "restart. What does the server read?",
                "TIME-WAIT도 타임스탬프도 없고, 클라이언트가 재시작한 뒤처럼 같은 ISN에서 다시 시작합니다. "
                + "서버는 무엇을 읽을까요?"),
            [Words.Same("new-1 new-2 new-3"), Words.Same("new-1 old-2 new-3"), new Words("an error", "오류")],
            Right: 1,
            new Words(
                "The old segment has the right ports, acceptable SEQ and ACK numbers, and a valid checksum. Nothing "
                + "in it says that it is of an earlier connection. The real new-2 then counts as a duplicate.",
                "오래된 세그먼트는 포트가 같고 순서 번호와 확인 응답 번호도 받아들일 수 있는 값이며 체크섬도 올바릅니다. "
                + "이전 연결의 것이라는 표시는 어디에도 없습니다. 진짜 new-2는 중복으로 버려집니다.")));
    }

    private static async Task MisleadAsync(LessonStage stage)
    {
        var (network, run) = await OldDuplicate.RunAsync(
            stage, new OldDuplicateSetting(None));
        await using var _ = network;
        await stage.ShowAsync(
            network, OldDuplicate.Tuple, "Both connections, with an MSL of 1 ms and without timestamps.",
            "두 연결, MSL은 1ms이고 타임스탬프는 쓰지 않습니다.", IsOfClient);
        await stage.CheckAsync(
            WrongStream,
            run is { Received: OldDuplicate.Wrong, Late.Event.Segment.Disposition: Disposition.Accepted }
                && run.Events.Segments(TcpFlags.Rst).Length == 0,
            $"read: {run.Received}", $"읽음: {run.Received}");
    }

    /// <summary>The same with one thing more, which drops the old segment.</summary>
    private static async Task ProtectAsync(
        LessonStage stage, OldDuplicateSetting setting, Claim claim, Disposition disposition, Words how)
    {
        var (network, run) = await OldDuplicate.RunAsync(stage, setting);
        await using var _ = network;
        var opening = run.Events.Received(TcpFlags.Syn)[1].Event.Number;
        await stage.ShowAsync(
            network, OldDuplicate.Tuple, $"The second connection: {how.English}.", $"두 번째 연결: {how.Korean}.",
            one => one.Event.Number >= opening && IsOfClient(one));
        var isReused = run.Events.Segments().Any(one => one.Segment().Disposition == Disposition.TimeWaitReused);
        await stage.CheckAsync(
            claim,
            run.Received == OldDuplicate.Right && run.Late?.Segment().Disposition == disposition
                && isReused == (setting.Msl == Usual),
            $"read: {run.Received}; the old segment: {run.Late?.Segment().Disposition}",
            $"읽음: {run.Received}; 오래된 세그먼트: {run.Late?.Segment().Disposition}");
    }

    /// <summary>All but the greeting and its ACKs.</summary>
    private static bool IsOfClient(ExplainedEvent one) =>
        one.Event.Kind == TraceEventKind.Link
        || (one.Header().Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0
        || one.Segment() is { Sent: false, PayloadLength: > 0 }
        || one.Segment().Reason is SegmentReason.TimeWaitAck or SegmentReason.ChallengeAck
            or SegmentReason.UnacceptableSegment or SegmentReason.AcknowledgeDuplicate;
}

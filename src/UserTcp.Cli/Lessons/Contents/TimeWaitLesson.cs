using System.Net.Sockets;
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
        "With TIME-WAIT the same segment meets TIME-WAIT and is dropped: the server reads the right bytes.",
        "TIME-WAIT가 있으면 같은 세그먼트가 TIME-WAIT에서 버려지고, 서버는 올바른 바이트를 읽는다.");

    private static readonly Claim Paws = new(
        "Without TIME-WAIT, timestamps help as well: PAWS drops the segment, since its timestamp is too old.",
        "TIME-WAIT가 없어도 타임스탬프가 막아 준다. 타임스탬프가 오래된 세그먼트를 PAWS가 버린다.");

    private static readonly Claim Clock = new(
        "Without both, an ISN from a clock usually helps: the old number lies outside of the new window.",
        "둘 다 없어도 시계에 기반한 ISN이 대개 막아 준다. 오래된 번호는 새 수신 윈도 밖에 있다.");

    private static readonly TimeSpan None = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    public override string Name => "time-wait";

    public override Words Title => new(
        "Why TIME-WAIT: the lost last ACK, and the old segment in a new connection",
        "TIME-WAIT가 필요한 이유: 손실된 마지막 ACK, 그리고 새 연결에 끼어든 오래된 세그먼트");

    public override IReadOnlyList<Claim> Claims =>
        [LastAckWaits, TimeWaitAnswers, ResetInstead, WrongStream, RightStream, Paws, Clock];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The end that closes first waits in TIME-WAIT for 2 MSL. This lesson lets UserTcp close first, once with "
            + "an MSL of 30 s, and once with 1 ms, which is as good as no TIME-WAIT.",
            "먼저 닫은 쪽은 TIME-WAIT에서 2 MSL 동안 기다립니다. 이 수업에서는 UserTcp가 먼저 닫습니다. MSL을 30초로 둔 "
            + "경우와, TIME-WAIT가 없는 것이나 다름없는 1ms로 둔 경우를 비교합니다.");
        await LoseLastAckAsync(stage);
        await RefuseFinAsync(stage);
        await IntroduceDuplicateAsync(stage);
        await MisleadAsync(stage);
        await ProtectAsync(
            stage, new OldDuplicateSetting(Usual, Timestamps: false, RepeatsIsn: true), RightStream,
            Disposition.TimeWait, "MSL 30 s", "MSL 30초");
        await ProtectAsync(
            stage, new OldDuplicateSetting(None, Timestamps: true, RepeatsIsn: true), Paws,
            Disposition.Paws, "MSL 1 ms, timestamps", "MSL 1ms, 타임스탬프 사용");
        await ProtectAsync(
            stage, new OldDuplicateSetting(None, Timestamps: false, RepeatsIsn: false), Clock,
            Disposition.OutsideWindow, "MSL 1 ms, no timestamps, the kernel chooses its ISN",
            "MSL 1ms, 타임스탬프 없음, 커널이 ISN을 선택");
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
            $"UserTcp: {Evidence.NameOf(network.StackState(tuple))}, Linux: {Evidence.NameOf(network.KernelState(tuple))}");
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
            "The second reason. A client sends old-1, old-2 and old-3. The link delays old-2; TCP retransmits it, and "
            + "all arrives. Both close. The client opens again from the same port, and sends new-1, new-2 and new-3. "
            + "Now the delayed old-2 arrives. The link holds it for 300 ms; a real one may be held for longer.",
            "두 번째 이유입니다. 클라이언트가 old-1, old-2, old-3을 보냅니다. 링크가 old-2를 지연시키지만 TCP가 재전송하므로 "
            + "모두 도착하고, 양쪽이 연결을 닫습니다. 클라이언트는 같은 포트로 다시 연결을 열어 new-1, new-2, new-3을 "
            + "보냅니다. 이때 지연되었던 old-2가 도착합니다. 여기서는 링크가 300ms 동안 붙잡아 두지만 실제로는 더 길 수도 "
            + "있습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "No TIME-WAIT, no timestamps, and the client starts from the same ISN as before, as it may after a "
                + "restart. What does the server read?",
                "TIME-WAIT도 타임스탬프도 없고, 클라이언트가 재시작한 뒤처럼 같은 ISN에서 다시 시작합니다. "
                + "서버는 무엇을 읽을까요?"),
            [Words.Same("new-1 new-2 new-3"), Words.Same("new-1 old-2 new-3"), new Words("an error", "오류")],
            Right: 1,
            new Words(
                "The old segment has the right ports, the right sequence number and a valid checksum. Nothing "
                + "in it says that it is of an earlier connection.",
                "오래된 세그먼트는 포트와 순서 번호가 맞고 체크섬도 올바릅니다. 이전 연결의 것이라는 표시는 어디에도 "
                + "없습니다.")));
    }

    private static async Task MisleadAsync(LessonStage stage)
    {
        var (network, run) = await OldDuplicate.RunAsync(
            stage, new OldDuplicateSetting(None, Timestamps: false, RepeatsIsn: true));
        await using var _ = network;
        await stage.ShowAsync(
            network, OldDuplicate.Tuple, "Both connections, with an MSL of 1 ms and without timestamps.",
            "두 연결, MSL은 1ms이고 타임스탬프는 쓰지 않습니다.");
        await stage.CheckAsync(
            WrongStream,
            run is { Received: OldDuplicate.Wrong, Late.Event.Segment.Disposition: Disposition.Accepted }
                && run.Events.Segments(TcpFlags.Rst).Length == 0,
            $"read: {run.Received}", $"읽음: {run.Received}");
    }

    /// <summary>The same with one thing more, which drops the old segment.</summary>
    private static async Task ProtectAsync(
        LessonStage stage, OldDuplicateSetting setting, Claim claim, Disposition disposition, string english,
        string korean)
    {
        var (network, run) = await OldDuplicate.RunAsync(stage, setting);
        await using var _ = network;
        await stage.ShowAsync(
            network, OldDuplicate.Tuple, $"The arrival of the old segment: {english}.",
            $"오래된 세그먼트의 도착: {korean}.");
        await stage.CheckAsync(
            claim, run.Received == OldDuplicate.Right && run.Late?.Segment().Disposition == disposition,
            $"read: {run.Received}; the old segment: {run.Late?.Segment().Disposition}",
            $"읽음: {run.Received}; 오래된 세그먼트: {run.Late?.Segment().Disposition}");
    }
}

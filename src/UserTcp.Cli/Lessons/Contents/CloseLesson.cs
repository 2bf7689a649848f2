using System.Net.Sockets;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>The close in four segments, and in three.</summary>
internal sealed class CloseLesson : Lesson
{
    private const int Tries = 5;

    private static readonly Claim Four = new(
        "Four segments close a connection: FIN and its ACK in one direction, FIN and its ACK in the other.",
        "연결은 세그먼트 네 개로 닫힌다. 방향마다 FIN과 그에 대한 ACK가 하나씩이다.");

    private static readonly Claim FinCounts = new(
        "A FIN takes one sequence number, as a SYN does: its ACK number is one higher.",
        "FIN도 SYN처럼 순서 번호를 하나 차지한다. 따라서 확인 응답 번호가 1만큼 커진다.");

    private static readonly Claim FirstCloser = new(
        "The end that closes first goes through FIN-WAIT-1 and FIN-WAIT-2 to TIME-WAIT.",
        "먼저 닫는 쪽은 FIN-WAIT-1과 FIN-WAIT-2를 거쳐 TIME-WAIT로 간다.");

    private static readonly Claim SecondCloser = new(
        "The end that closes second goes through CLOSE-WAIT and LAST-ACK to CLOSED.",
        "나중에 닫는 쪽은 CLOSE-WAIT와 LAST-ACK를 거쳐 CLOSED로 간다.");

    private static readonly Claim Between = new(
        "CLOSE-WAIT lasts until the application of the second closer closes.",
        "CLOSE-WAIT는 나중에 닫는 쪽의 애플리케이션이 닫을 때까지 계속된다.");

    private static readonly Claim ThreeSuffice = new(
        "When the second closer's application closes before the ACK has gone out, FIN and ACK are one segment.",
        "ACK가 나가기 전에 애플리케이션이 닫으면 ACK와 FIN이 세그먼트 하나로 합쳐진다.");

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public override string Name => "close";

    public override Words Title => new(
        "The close in four segments, with the states of both ends, and why three may do",
        "4단계 연결 해제와 양쪽의 상태, 그리고 3단계로도 되는 이유");

    public override IReadOnlyList<Claim> Claims =>
        [Four, FinCounts, FirstCloser, SecondCloser, Between, ThreeSuffice];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "A connection is two streams, one in each direction. Each end closes its own stream with a FIN: \"I have "
            + "no more to send\". The peer acknowledges the FIN, and may go on sending.",
            "연결은 방향마다 하나씩, 두 개의 스트림입니다. 양쪽은 각자 자신의 스트림을 FIN으로 닫습니다. FIN은 \"더 보낼 "
            + "데이터가 없다\"는 뜻입니다. 상대는 FIN에 확인 응답을 보내지만, 자신은 계속 데이터를 보낼 수 있습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "The kernel closes first. In which state does it wait for UserTcp's application to close?",
                "커널이 먼저 닫습니다. UserTcp의 애플리케이션이 닫기를 기다리는 동안 커널은 어떤 상태일까요?"),
            [Words.Same("CLOSE-WAIT"), Words.Same("FIN-WAIT-2"), Words.Same("TIME-WAIT")],
            Right: 1,
            new Words(
                "Its FIN is acknowledged, and the peer's FIN has not come: FIN-WAIT-2. UserTcp is in CLOSE-WAIT: it "
                + "waits for its own application.",
                "자신의 FIN은 확인되었고 상대의 FIN은 아직 오지 않았으므로 FIN-WAIT-2입니다. 그동안 UserTcp는 자신의 "
                + "애플리케이션이 닫기를 기다리는 CLOSE-WAIT 상태입니다.")));
        await CloseInFourAsync(stage);
        await CloseInThreeAsync(stage);
    }

    private static async Task CloseInFourAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync();
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Both);
        await connection.Stack.ReadsClosed.WaitAsync(stage.Cancelled);
        // The application of UserTcp takes its time.
        await Task.Delay(Pause, stage.Cancelled);
        await connection.Stack.DisposeAsync();
        var tuple = connection.Tuple;
        await stage.UntilAsync(() => IsOver(network.Events(tuple)), "the last ACK");
        var events = network.Events(tuple);
        await stage.ShowAsync(
            network, tuple, "The kernel closes first. UserTcp's application closes 0.3 s later.",
            "커널이 먼저 닫습니다. UserTcp의 애플리케이션은 0.3초 뒤에 닫습니다.");
        await CheckAsync(stage, events);
    }

    private static async Task CheckAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        var closing = events.Segments().SkipWhile(one => !one.Has(TcpFlags.Fin)).ToArray();
        await stage.CheckAsync(
            Four,
            closing is [var fin, var ack, var otherFin, var otherAck]
                && fin.Has(TcpFlags.Fin) && ack.IsPureAck() && otherFin.Has(TcpFlags.Fin) && otherAck.IsPureAck()
                && !fin.Segment().Sent && ack.Segment().Sent && otherFin.Segment().Sent && !otherAck.Segment().Sent,
            closing.Arrows());
        var (first, second) = (events.Received(TcpFlags.Fin)[0].Header(), events.Sent(TcpFlags.Fin)[0].Header());
        await stage.CheckAsync(
            FinCounts, closing[1].Header().Ack == first.Seq + 1 && closing[^1].Header().Ack == second.Seq + 1,
            $"FIN {first.Seq} -> ACK {closing[1].Header().Ack}; FIN {second.Seq} -> ACK {closing[^1].Header().Ack}");
        var path = closing.KernelStates();
        await stage.CheckAsync(
            FirstCloser, path is [.., TcpState.FinWait1, TcpState.FinWait2, TcpState.TimeWait] && path.Length == 3,
            $"Linux: {path.Names()}");
        path = closing.OwnStates();
        await stage.CheckAsync(
            SecondCloser,
            path is [TcpState.Established, TcpState.CloseWait, TcpState.LastAck, TcpState.Closed],
            $"UserTcp: {path.Names()}");
        var wait = closing[1].To(closing[2]);
        await stage.CheckAsync(Between, wait >= Pause * 0.9, $"CLOSE-WAIT: {wait.Milliseconds()}");
    }

    /// <summary>
    /// The kernel delays the ACK of a FIN up to 40 ms. On a busy machine the application may be later once: then it is
    /// tried again.
    /// </summary>
    private static async Task CloseInThreeAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "Now UserTcp closes first, and the kernel's application closes as soon as it reads the end of the "
            + "stream. The kernel delays its ACK for a moment, since more may be to say.",
            "이번에는 UserTcp가 먼저 닫고, 커널의 애플리케이션은 스트림의 끝을 읽자마자 닫습니다. 커널은 함께 보낼 것이 "
            + "생길지 모르므로 ACK를 잠시 미룹니다(지연 ACK).");
        await using var network = await stage.StartAsync();
        ExplainedEvent[] closing = [];
        var tuple = default(FourTuple);
        for (var i = 0; i < Tries && closing.Length != 3; i++)
        {
            var connection = await network.KernelOpensAsync(stage.Cancelled);
            tuple = connection.Tuple;
            var ending = EndWithPeerAsync(connection.Kernel, stage.Cancelled);
            connection.Stack.CompleteWrites();
            await ending;
            await stage.UntilAsync(() => IsOver(network.Events(tuple)), "the last ACK");
            closing = [.. network.Events(tuple).Segments().SkipWhile(one => !one.Has(TcpFlags.Fin))];
        }

        await stage.ShowAsync(
            network, tuple, "UserTcp closes first; the kernel's application closes at once.",
            "UserTcp가 먼저 닫고, 커널의 애플리케이션도 곧바로 닫습니다.");
        await stage.CheckAsync(
            ThreeSuffice,
            closing is [var fin, var both, var ack] && fin.Segment().Sent && both.Has(TcpFlags.Fin | TcpFlags.Ack)
                && both.Header().Ack == fin.Header().Seq + 1 && ack.IsPureAck(),
            closing.Arrows());
    }

    private static async Task EndWithPeerAsync(Socket kernel, CancellationToken cancellationToken)
    {
        while (await kernel.ReceiveAsync(new byte[16], cancellationToken) > 0)
        {
        }

        kernel.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Both FINs are acknowledged.</summary>
    private static bool IsOver(IReadOnlyList<ExplainedEvent> events) =>
        events.Sent(TcpFlags.Fin) is [var sent, ..] && events.Received(TcpFlags.Fin) is [var received, ..]
        && events.Received().Any(one => one.Header().Ack == sent.Header().Seq + 1)
        && events.Sent().Any(one => one.Header().Ack == received.Header().Seq + 1);
}

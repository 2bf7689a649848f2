using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>Three sentences that are often read, and what a run says to them.</summary>
internal sealed class MythsLesson : Lesson
{
    private const int AnswerLength = 5_000;

    private static readonly Claim ServerFirst = new(
        "When the server closes first, the server waits in TIME-WAIT, and the client does not.",
        "서버가 먼저 닫으면 서버가 TIME-WAIT에서 기다리고, 클라이언트는 기다리지 않는다.");

    private static readonly Claim ClientFirst = new(
        "When the client closes first, the client waits in TIME-WAIT, and the server does not.",
        "클라이언트가 먼저 닫으면 클라이언트가 TIME-WAIT에서 기다리고, 서버는 기다리지 않는다.");

    private static readonly Claim FinAcknowledged = new(
        "The server has acknowledged the client's FIN, and sends 5,000 bytes afterwards.",
        "서버는 클라이언트의 FIN에 ACK를 보낸 뒤에도 5,000바이트를 더 보낸다.");

    private static readonly Claim OtherDirection = new(
        "The ACK of a FIN acknowledges the data of that direction up to the FIN. It says nothing of the other one.",
        "FIN에 대한 ACK는 그 방향의 데이터를 FIN까지 확인할 뿐이다. 반대 방향에 대해서는 아무것도 말하지 않는다.");

    private static readonly Claim HandshakeWasFine = new(
        "The handshake was perfect, and a segment behind it was lost all the same.",
        "연결 설정은 완벽했지만 그 뒤의 세그먼트는 손실되었다.");

    private static readonly Claim TimerRepairs = new(
        "Sequence numbers, ACKs and a timer repaired it: the data was retransmitted after the handshake was over.",
        "복구한 것은 순서 번호와 ACK, 타이머이다. 데이터는 연결 설정이 끝난 뒤에 재전송되었다.");

    public override string Name => "myths";

    public override Words Title => new(
        "Three mistakes that one reads everywhere, each tried out", "흔히 보이는 세 가지 오해를 직접 확인하기");

    public override IReadOnlyList<Claim> Claims =>
        [ServerFirst, ClientFirst, FinAcknowledged, OtherDirection, HandshakeWasFine, TimerRepairs];

    public override async Task PlayAsync(LessonStage stage)
    {
        await TryTimeWaitAsync(stage);
        await TryAckOfFinAsync(stage);
        await TryHandshakeAsync(stage);
    }

    private static async Task TryTimeWaitAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "One: \"The server waits in TIME-WAIT.\" Here UserTcp is the server, and the kernel the client.",
            "첫째: \"TIME-WAIT에서 기다리는 쪽은 서버다.\" 여기서는 UserTcp가 서버, 커널이 클라이언트입니다.");
        await stage.AskAsync(new Question(
            new Words("Who waits in TIME-WAIT?", "TIME-WAIT에서 기다리는 쪽은 누구일까요?"),
            [
                new Words("the server", "서버"), new Words("the client", "클라이언트"),
                new Words("the end that closes first", "먼저 닫은 쪽"),
            ],
            Right: 2,
            new Words(
                "TIME-WAIT is for the end that sends the last ACK, and that is the one whose FIN came first. A web "
                + "server that closes after each answer has many; one whose clients close has none.",
                "TIME-WAIT는 마지막 ACK를 보내는 쪽, 즉 FIN을 먼저 보낸 쪽의 상태입니다. 응답마다 먼저 닫는 웹 서버에는 "
                + "TIME-WAIT가 많이 쌓이고, 클라이언트가 닫는 서버에는 없습니다.")));
        await CloseAsync(stage, isServerFirst: true);
        await CloseAsync(stage, isServerFirst: false);
    }

    private static async Task CloseAsync(LessonStage stage, bool isServerFirst)
    {
        await using var network = await stage.StartAsync();
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        if (isServerFirst)
        {
            connection.Stack.CompleteWrites();
            await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
            connection.Kernel.Shutdown(SocketShutdown.Both);
        }
        else
        {
            connection.Kernel.Shutdown(SocketShutdown.Both);
            await connection.Stack.ReadsClosed.WaitAsync(stage.Cancelled);
            connection.Stack.CompleteWrites();
        }

        TcpState? server = null;
        TcpState? client = null;
        TcpState? expected = isServerFirst ? TcpState.TimeWait : null;
        TcpState? other = isServerFirst ? null : TcpState.TimeWait;
        await stage.UntilAsync(
            () => (server = network.StackState(connection.Tuple)) == expected
                & (client = network.KernelState(connection.Tuple)) == other,
            "the end of the close");
        var firstFin = network.Events(connection.Tuple).Segments(TcpFlags.Fin)[0].Event.Number;
        await stage.ShowAsync(
            network, connection.Tuple, isServerFirst ? "The server closes first." : "The client closes first.",
            isServerFirst ? "서버가 먼저 닫습니다." : "클라이언트가 먼저 닫습니다.",
            one => one.Event.Number >= firstFin);
        await stage.CheckAsync(
            isServerFirst ? ServerFirst : ClientFirst, server == expected && client == other,
            $"server: {Evidence.NameOf(server)}, client: {Evidence.NameOf(client)}",
            $"서버: {Evidence.NameOf(server)}, 클라이언트: {Evidence.NameOf(client)}");
    }

    private static async Task TryAckOfFinAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "Two: \"The ACK of a FIN says that all data was sent.\" The client sends a request with a FIN. The server "
            + "acknowledges it, and then answers.",
            "둘째: \"FIN에 대한 ACK는 모든 데이터를 보냈다는 뜻이다.\" 클라이언트가 요청과 함께 FIN을 보내고, 서버는 ACK를 "
            + "보낸 다음 응답합니다.");
        await using var network = await stage.StartAsync();
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        await connection.Kernel.SendAsync("request"u8.ToArray(), stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Send);
        await stage.UntilAsync(
            () => network.KernelState(connection.Tuple) == TcpState.FinWait2, "the ACK of the FIN");
        var answer = Payload.Of(AnswerLength);
        await connection.Stack.GetStream().WriteAsync(answer, stage.Cancelled);
        connection.Stack.CompleteWrites();
        var received = await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
        await connection.Stack.WritesClosed.WaitAsync(stage.Cancelled);
        await stage.ShowAsync(
            network, connection.Tuple, "The client's FIN, its ACK, and the answer.",
            "클라이언트의 FIN, 그에 대한 ACK, 그리고 응답.");
        var segments = network.Events(connection.Tuple).Segments();
        var fin = segments.Received(TcpFlags.Fin)[0];
        var ack = segments.Sent().First(one => one.Header().Ack == End(fin.Segment()));
        var later = segments.SkipWhile(one => one != ack).Skip(1).ToArray().Sent().WithData();
        await stage.CheckAsync(
            FinAcknowledged,
            received.AsSpan().SequenceEqual(answer)
                && later.Sum(one => one.Segment().PayloadLength) == AnswerLength,
            $"{later.Sum(one => one.Segment().PayloadLength)} bytes behind the ACK",
            $"ACK 뒤에 보낸 데이터 {later.Sum(one => one.Segment().PayloadLength)}바이트");
        var request = segments.Received().WithData()[0];
        await stage.CheckAsync(
            OtherDirection,
            ack.Header().Ack == request.Header().Seq + request.Segment().PayloadLength + 1
                && ack.Header().Seq == network.Events(connection.Tuple)[0].Iss!.Value + 1,
            $"ack={ack.Header().Ack - ack.Irs!.Value}, seq={ack.Header().Seq - ack.Iss!.Value}");
    }

    private static async Task TryHandshakeAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "Three: \"TCP is reliable because of its handshake.\" The handshake goes through; then the link drops the "
            + "first segment with data.",
            "셋째: \"TCP는 3-way 핸드셰이크를 하므로 신뢰할 수 있다.\" 연결 설정은 정상적으로 끝나고, 그다음 링크가 첫 데이터 "
            + "세그먼트를 버립니다.");
        await using var network = await stage.StartAsync("drop=data:1:from-stack");
        var connection = await network.StackOpensAsync(stage.Cancelled);
        await connection.Stack.GetStream().WriteAsync("hello"u8.ToArray(), stage.Cancelled);
        var received = await Payload.ReadAsync(connection.Kernel, 5, stage.Cancelled);
        var events = network.Events(connection.Tuple);
        await stage.ShowAsync(
            network, connection.Tuple, "The first segment with data is lost.", "첫 데이터 세그먼트가 손실됩니다.");
        var handshake = events.Segments().TakeWhile(one => one.Segment().PayloadLength == 0).ToArray();
        var lost = events.Verdicts(LinkVerdictKind.Lost);
        await stage.CheckAsync(
            HandshakeWasFine, handshake.Length == 3 && lost is [{ Event.Link.PayloadLength: 5 }],
            $"{handshake.Arrows()}; {lost.Length} x lost", $"{handshake.Arrows()}; 손실 {lost.Length}개");
        var again = events.Sent().WithData();
        await stage.CheckAsync(
            TimerRepairs,
            again is [var first, var second] && second.Of == first.Event.Number
                && second.Segment().Reason is SegmentReason.TailLossProbe or SegmentReason.RetransmissionTimeout
                && received.AsSpan().SequenceEqual("hello"u8),
            again.Length > 1 ? $"+{again[0].To(again[1]).Milliseconds()}: {again[1].Segment().Reason}" : "-");
    }

    /// <summary>The sequence number behind a segment with FIN.</summary>
    private static SeqNum End(in SegmentObservation segment) => segment.Header.Seq + segment.PayloadLength + 1;
}

using System.Net.Sockets;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>One end has sent its FIN, and still receives.</summary>
internal sealed class HalfCloseLesson : Lesson
{
    private const int AnswerLength = 8_000;

    private static readonly Claim DataAfterFin = new(
        "After its FIN the client still receives: every byte of the answer arrives.",
        "클라이언트는 FIN을 보낸 뒤에도 데이터를 받는다. 응답의 모든 바이트가 도착한다.");

    private static readonly Claim States = new(
        "While the answer flows, the client is in FIN-WAIT-2 and the server in CLOSE-WAIT.",
        "응답이 전송되는 동안 클라이언트는 FIN-WAIT-2, 서버는 CLOSE-WAIT이다.");

    private static readonly Claim AcksGoOn = new(
        "The client acknowledges the answer with segments behind its FIN: a FIN ends the data, not the ACKs.",
        "클라이언트는 FIN을 보낸 뒤에도 응답에 ACK를 보낸다. FIN은 데이터의 끝일 뿐 ACK의 끝이 아니다.");

    private static readonly Claim NoMoreWrites = new(
        "The client's application cannot write any more: the write fails with EPIPE.",
        "클라이언트의 애플리케이션은 더 쓸 수 없다. 쓰기는 EPIPE로 실패한다.");

    private static readonly Claim EndOfRequest = new(
        "The server's application learns from the FIN that the request is complete: its read returns 0.",
        "서버의 애플리케이션은 FIN으로 요청이 끝났음을 안다. 읽기가 0을 반환한다.");

    public override string Name => "half-close";

    public override Words Title => new(
        "Half-close: one end has sent its FIN and still receives",
        "반닫힘(half-close): FIN을 보낸 뒤에도 데이터를 받는다");

    public override IReadOnlyList<Claim> Claims => [EndOfRequest, States, DataAfterFin, AcksGoOn, NoMoreWrites];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The kernel's application sends a request and calls shutdown(SHUT_WR): \"that was all\". UserTcp's "
            + "application reads up to the end, and only then answers with 8,000 bytes.",
            "커널의 애플리케이션이 요청을 보내고 shutdown(SHUT_WR)을 호출합니다. \"이게 전부\"라는 뜻입니다. UserTcp의 "
            + "애플리케이션은 끝까지 읽은 다음에야 8,000바이트로 응답합니다.");
        await stage.AskAsync(new Question(
            new Words(
                "The client has sent its FIN. What becomes of the server's 8,000 bytes?",
                "클라이언트는 이미 FIN을 보냈습니다. 서버가 보내는 8,000바이트는 어떻게 될까요?"),
            [
                new Words("a RST answers them: the connection is closed", "연결이 닫혔으므로 RST가 돌아온다"),
                new Words("they arrive as before", "평소처럼 도착한다"),
                new Words("they are dropped in silence", "조용히 버려진다"),
            ],
            Right: 1,
            new Words(
                "A FIN closes one direction. The other one is open until its own FIN.",
                "FIN은 한 방향만 닫습니다. 반대 방향은 그쪽의 FIN이 나갈 때까지 열려 있습니다.")));
        await using var network = await stage.StartAsync();
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        var answer = Payload.Of(AnswerLength);
        await connection.Kernel.SendAsync("request"u8.ToArray(), stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Send);
        var request = await Payload.ReadToEndAsync(connection.Stack.GetStream(), stage.Cancelled);
        await stage.UntilAsync(() => network.KernelState(tuple) == TcpState.FinWait2, "the kernel's FIN-WAIT-2");
        var error = Write(connection.Kernel);
        await connection.Stack.GetStream().WriteAsync(answer, stage.Cancelled);
        var received = await Payload.ReadAsync(connection.Kernel, AnswerLength, stage.Cancelled);
        connection.Stack.CompleteWrites();
        await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
        await connection.Stack.WritesClosed.WaitAsync(stage.Cancelled);
        await stage.ShowAsync(
            network, tuple, "The kernel half-closes; UserTcp answers.", "커널이 반닫힘을 하고, UserTcp가 응답합니다.");
        await stage.CheckAsync(
            EndOfRequest, request.AsSpan().SequenceEqual("request"u8), $"read: {request.Length} bytes, then 0",
            $"읽음: {request.Length}바이트, 그다음 0");
        await CheckAsync(stage, network.Events(tuple));
        await stage.CheckAsync(
            DataAfterFin, received.AsSpan().SequenceEqual(answer),
            $"sent {answer.Length} bytes, hash {Payload.Hash(answer)}; received {received.Length} bytes, hash "
            + Payload.Hash(received),
            $"보냄 {answer.Length}바이트, 해시 {Payload.Hash(answer)}; 받음 {received.Length}바이트, 해시 "
            + Payload.Hash(received));
        await stage.CheckAsync(NoMoreWrites, error == SocketError.Shutdown, $"write: {error}", $"쓰기: {error}");
    }

    private static async Task CheckAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        var segments = events.Segments();
        var fin = Array.FindIndex(segments, one => one.Has(TcpFlags.Fin) && !one.Segment().Sent);
        var states = segments.Sent().WithData();
        await stage.CheckAsync(
            States,
            states.Length > 1 && states.All(one =>
                one is { IsPeerStateRead: true, PeerState: TcpState.FinWait2 }
                && one.Segment().After == TcpState.CloseWait),
            $"Linux: {states.KernelStates().Names()}, UserTcp: {states.OwnStates().Names()}");
        var acks = segments[(fin + 1)..].Received();
        await stage.CheckAsync(
            AcksGoOn,
            fin >= 0 && acks.Any(one => one.IsPureAck())
                && acks.Max(one => one.Header().Ack - segments[fin].Header().Ack) >= AnswerLength,
            $"segments behind the FIN: {acks.Length}", $"FIN 뒤의 세그먼트: {acks.Length}");
    }

    private static SocketError Write(Socket socket)
    {
        try
        {
            socket.Send("more"u8);
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}

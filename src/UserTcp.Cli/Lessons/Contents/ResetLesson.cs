using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>What a RST does, and what the application sees of it.</summary>
internal sealed class ResetLesson : Lesson
{
    private const int ClosedPort = 9;

    private static readonly Claim Refused = new(
        "A SYN to a port without a listener draws a RST: connect fails with ECONNREFUSED.",
        "수신 대기하는 소켓이 없는 포트로 SYN을 보내면 RST가 온다. connect는 ECONNREFUSED로 실패한다.");

    private static readonly Claim Aborted = new(
        "An abort sends a RST: the peer's application reads ECONNRESET instead of the end of the stream.",
        "연결을 중단(abort)하면 RST가 나간다. 상대 애플리케이션의 읽기는 스트림의 끝이 아니라 ECONNRESET으로 끝난다.");

    private static readonly Claim Unsent = new(
        "Data that waited for the window or for its turn is gone.",
        "윈도나 전송 차례를 기다리던 데이터는 사라진다.");

    private static readonly Claim NoWait = new(
        "After a RST nothing is left at either end: no TIME-WAIT.",
        "RST 뒤에는 양쪽에 아무것도 남지 않는다. TIME-WAIT도 없다.");

    private static readonly Claim NotAcknowledged = new(
        "Nobody acknowledges or retransmits a RST. If it is lost, the peer stays in ESTABLISHED.",
        "RST에는 확인 응답도 재전송도 없다. RST가 손실되면 상대는 ESTABLISHED에 남는다.");

    private static readonly Claim LearnsLater = new(
        "That peer learns of it when it sends: its data draws another RST.",
        "그 상대는 데이터를 보낼 때에야 알게 된다. 데이터에 대해 RST가 다시 온다.");

    private static readonly Claim UnreadData = new(
        "An end that closes while received data is unread sends a RST instead of a FIN.",
        "받은 데이터를 읽지 않은 채 닫으면 FIN 대신 RST를 보낸다.");

    public override string Name => "reset";

    public override Words Title => new(
        "What a RST does: a refused port, an abort, and what the application sees",
        "RST가 하는 일: 거절된 포트, 연결 중단, 그리고 애플리케이션이 보는 것");

    public override IReadOnlyList<Claim> Claims =>
        [Refused, Aborted, Unsent, NoWait, NotAcknowledged, LearnsLater, UnreadData];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "A FIN says: \"I have no more to send\". A RST says: \"there is no such connection\", or \"not any more\".",
            "FIN은 \"더 보낼 데이터가 없다\"는 뜻입니다. RST는 \"그런 연결은 없다\" 또는 \"이제 없다\"는 뜻입니다.");
        await RefuseAsync(stage);
        await AbortAsync(stage);
        await LoseResetAsync(stage);
        await CloseUnreadAsync(stage);
    }

    private static async Task RefuseAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync();
        var kernel = network.NewKernelSocket();
        var error = await ErrorOfAsync(
            () => kernel.ConnectAsync(
                new IPEndPoint(LessonNetwork.StackAddress, ClosedPort), stage.Cancelled).AsTask());
        var tuple = network.Conversations[0];
        await stage.ShowAsync(
            network, tuple, "The kernel connects to a port where nobody listens.",
            "커널이 아무도 수신 대기하지 않는 포트에 연결합니다.");
        await stage.CheckAsync(
            Refused,
            error == SocketError.ConnectionRefused && network.Events(tuple).Segments() is [var syn, var rst]
                && syn.Has(TcpFlags.Syn) && rst.Has(TcpFlags.Rst | TcpFlags.Ack),
            $"{network.Events(tuple).Segments().Arrows()}; connect: {error}");
    }

    private static async Task AbortAsync(LessonStage stage)
    {
        await stage.AskAsync(new Question(
            new Words(
                "UserTcp's application writes 200,000 bytes to a peer that does not read, and aborts. What does the "
                + "peer's application see when it reads at last?",
                "UserTcp의 애플리케이션이, 읽지 않는 상대에게 200,000바이트를 쓰고 연결을 중단합니다. 상대 애플리케이션이 "
                + "나중에 읽으면 무엇을 보게 될까요?"),
            [
                new Words("all 200,000 bytes, then the end of the stream", "200,000바이트 전부, 그다음 스트림의 끝"),
                new Words("what had arrived before, then an error", "그때까지 도착한 데이터, 그다음 오류"),
                new Words("the end of the stream at once", "곧바로 스트림의 끝"),
            ],
            Right: 1,
            new Words(
                "A RST takes what is queued at the sender with it. What Linux had received, its application may still "
                + "read. Then the read fails.",
                "RST를 보내면 송신 측에 쌓여 있던 데이터는 버려집니다. 리눅스가 이미 받은 데이터는 애플리케이션이 읽을 수 "
                + "있지만, 그다음 읽기는 실패합니다.")));
        await using var network = await stage.StartAsync();
        var connection = await network.StackOpensAsync(stage.Cancelled, socket => socket.ReceiveBufferSize = 8192);
        var tuple = connection.Tuple;
        var data = Payload.Of(200_000);
        await connection.Stack.GetStream().WriteAsync(data, stage.Cancelled);
        await stage.UntilAsync(
            () => network.Events(tuple).Received().Any(one => one.Window == 0), "the closed window");
        connection.Stack.Abort();
        await stage.UntilAsync(() => network.KernelState(tuple) is null, "the end of the kernel's connection");
        var (read, error) = await ReadAsync(connection.Kernel, stage.Cancelled);
        await stage.ShowAsync(
            network, tuple, "UserTcp aborts with most of its data unsent.",
            "UserTcp가 데이터 대부분을 보내지 못한 채 연결을 중단합니다.");
        var resets = network.Events(tuple).Sent(TcpFlags.Rst);
        await stage.CheckAsync(
            Aborted,
            error == SocketError.ConnectionReset && resets is [{ Event.Segment.Reason: SegmentReason.ResetAbort }],
            $"read: {read} bytes, then {error}", $"읽음: {read}바이트, 그다음 {error}");
        await stage.CheckAsync(
            Unsent, read < data.Length, $"{read} of {data.Length} bytes", $"{data.Length}바이트 가운데 {read}바이트");
        await stage.CheckAsync(
            NoWait, network.StackState(tuple) is null && network.KernelState(tuple) is null,
            $"UserTcp: {Evidence.NameOf(network.StackState(tuple))}, "
            + $"Linux: {Evidence.NameOf(network.KernelState(tuple))}");
    }

    private static async Task LoseResetAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync("drop=rst:1:from-stack");
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        connection.Stack.Abort();
        await stage.UntilAsync(
            () => network.Events(tuple).Verdicts(LinkVerdictKind.Lost).Length == 1, "the loss of the RST");
        var (own, peer) = (network.StackState(tuple), network.KernelState(tuple));
        await connection.Kernel.SendAsync("anybody there?"u8.ToArray(), stage.Cancelled);
        var (_, error) = await ReadAsync(connection.Kernel, stage.Cancelled);
        await stage.ShowAsync(
            network, tuple, "The RST is lost; later the kernel's application writes.",
            "RST가 손실되고, 나중에 커널 쪽 애플리케이션이 데이터를 씁니다.");
        await stage.CheckAsync(
            NotAcknowledged, own is null && peer == TcpState.Established,
            $"UserTcp: {Evidence.NameOf(own)}, Linux: {Evidence.NameOf(peer)}");
        var resets = network.Events(tuple).Sent(TcpFlags.Rst);
        await stage.CheckAsync(
            LearnsLater,
            error == SocketError.ConnectionReset
                && resets is [_, { Event.Segment.Reason: SegmentReason.ResetNoConnection }],
            $"{network.Events(tuple).Segments().TakeLast(3).Arrows()}; read: {error}",
            $"{network.Events(tuple).Segments().TakeLast(3).Arrows()}; 읽기: {error}");
    }

    private static async Task CloseUnreadAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync();
        var connection = await network.StackOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        await connection.Stack.GetStream().WriteAsync("unread"u8.ToArray(), stage.Cancelled);
        await stage.UntilAsync(() => connection.Kernel.Available > 0, "the data");
        connection.Kernel.Dispose();
        await stage.UntilAsync(() => network.StackState(tuple) is null, "the end of UserTcp's connection");
        await stage.ShowAsync(
            network, tuple, "The kernel's application closes without reading what has arrived.",
            "커널 쪽 애플리케이션이 도착한 데이터를 읽지 않고 닫습니다.");
        var events = network.Events(tuple);
        await stage.CheckAsync(
            UnreadData,
            events.Received(TcpFlags.Rst).Length == 1 && events.Received(TcpFlags.Fin).Length == 0,
            events.Segments().TakeLast(3).Arrows());
    }

    private static async Task<(int Bytes, SocketError Error)> ReadAsync(
        Socket socket, CancellationToken cancellationToken)
    {
        var (buffer, bytes) = (new byte[4096], 0);
        var error = await ErrorOfAsync(async () =>
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) is > 0 and var count)
                bytes += count;
        });
        return (bytes, error);
    }

    private static async Task<SocketError> ErrorOfAsync(Func<Task> action)
    {
        try
        {
            await action();
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>A SYN flood, without SYN cookies and with them.</summary>
internal sealed class SynFloodLesson : Lesson
{
    private const int QueueLimit = 32;
    private const int Forged = 64;

    private static readonly Claim Fills = new(
        "Forged SYNs fill the SYN queue: each entry waits for an ACK that never comes.",
        "위조된 SYN이 SYN 큐를 가득 채운다. 각 항목은 오지 않을 ACK를 기다린다.");

    private static readonly Claim ShutOut = new(
        "Without cookies the SYN of an honest client is dropped as well: nothing answers it.",
        "쿠키가 없으면 정상 클라이언트의 SYN도 버려지고 아무 응답도 오지 않는다.");

    private static readonly Claim Opens = new(
        "With cookies the same flood does not matter: the honest client's connection opens.",
        "쿠키가 있으면 같은 공격을 받아도 정상 클라이언트의 연결이 열린다.");

    private static readonly Claim Stateless = new(
        "The cookie is the ISN of the SYN,ACK. The server keeps no entry for it; the ACK brings it back.",
        "쿠키는 SYN,ACK의 ISN이다. 서버는 항목을 만들지 않고, ACK에 실려 돌아온 값으로 확인한다.");

    private static readonly Claim OnlyUnderPressure = new(
        "Without a flood the server sends no cookie.", "공격이 없으면 서버는 쿠키를 쓰지 않는다.");

    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(1.5);

    public override string Name => "syn-flood";

    public override Words Title => new(
        "A SYN flood, without SYN cookies and with them", "SYN 플러드: SYN 쿠키가 없을 때와 있을 때");

    public override IReadOnlyList<Claim> Claims => [OnlyUnderPressure, Fills, ShutOut, Opens, Stateless];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "For each SYN a server keeps a half-open entry until the third segment of the handshake. Here the SYN "
            + "queue has room for 32. A raw socket sends 64 SYNs from addresses that do not exist. Nobody answers the "
            + "SYN,ACKs, and nobody sends a RST.",
            "서버는 SYN마다 세 번째 세그먼트가 올 때까지 반열림 항목을 유지합니다. 여기서 SYN 큐에는 32개까지 들어갑니다. raw "
            + "소켓으로, 존재하지 않는 주소에서 온 것처럼 SYN 64개를 보냅니다. SYN,ACK에 답하는 쪽도, RST를 보내는 쪽도 "
            + "없습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "The queue is full. How can a server accept an honest client without an entry for its SYN?",
                "큐가 가득 찼습니다. 서버는 어떻게 항목 없이도 정상 클라이언트를 받아들일 수 있을까요?"),
            [
                new Words("it drops the oldest entry", "가장 오래된 항목을 버린다"),
                new Words("it puts what it must remember into its ISN", "기억해야 할 내용을 자신의 ISN에 담는다"),
                new Words("it asks the client to come back later", "클라이언트에게 나중에 다시 오라고 한다"),
            ],
            Right: 1,
            new Words(
                "A real client returns ISN + 1 in its ACK. If the ISN is a keyed hash of the addresses and ports with "
                + "the MSS in it, the ACK alone shows that the SYN,ACK was received there (RFC 4987).",
                "실제 클라이언트는 ACK에 ISN + 1을 담아 돌려보냅니다. ISN이 주소와 포트의 키 해시이고 MSS까지 담고 있다면, ACK만으로 "
                + "그 주소에서 SYN,ACK를 받았음을 알 수 있습니다(RFC 4987).")));
        await WithoutFloodAsync(stage);
        await WithoutCookiesAsync(stage);
        await WithCookiesAsync(stage);
    }

    private static async Task WithoutFloodAsync(LessonStage stage)
    {
        await using var network = await StartAsync(stage, SynCookieMode.UnderPressure);
        await network.KernelOpensAsync(stage.Cancelled);
        var (cookies, opens) = (network.Count(Counter.SynCookiesSent), network.Count(Counter.PassiveOpens));
        await stage.CheckAsync(
            OnlyUnderPressure, cookies == 0 && opens == 1, $"cookies: {cookies}, connections: {opens}",
            $"쿠키: {cookies}, 연결: {opens}");
    }

    private static async Task WithoutCookiesAsync(LessonStage stage)
    {
        await using var network = await StartAsync(stage, SynCookieMode.Never);
        await using var listener = await network.ListenAsync(stage.Cancelled);
        await FloodAsync(stage, network, () => network.Count(Counter.DroppedListenFull));
        var halfOpen = HalfOpen(network);
        await stage.CheckAsync(
            Fills, halfOpen == QueueLimit, $"half-open: {halfOpen} of {QueueLimit}",
            $"반열림: {QueueLimit}개 가운데 {halfOpen}개");
        var before = network.Count(Counter.DroppedListenFull);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stage.Cancelled);
        limit.CancelAfter(GiveUp);
        var (isOpen, port) = await TryConnectAsync(network, listener.LocalEndPoint, limit.Token);
        var dropped = network.Count(Counter.DroppedListenFull) - before;
        var tuple = LessonNetwork.Tuple(LessonNetwork.Port, port);
        await stage.ShowAsync(
            network, tuple, "The honest client, without cookies. It gives up after 1.5 s.",
            "쿠키가 없을 때의 정상 클라이언트. 1.5초 뒤에 포기합니다.");
        await stage.CheckAsync(
            ShutOut,
            !isOpen && dropped >= 1 && network.Events(tuple).Sent().Length == 0
                && network.Events(tuple).Received(TcpFlags.Syn).Length >= 1,
            $"dropped: {dropped}; answers: {network.Events(tuple).Sent().Length}",
            $"버려진 SYN: {dropped}; 응답: {network.Events(tuple).Sent().Length}");
    }

    private static async Task WithCookiesAsync(LessonStage stage)
    {
        await using var network = await StartAsync(stage, SynCookieMode.UnderPressure);
        await using var listener = await network.ListenAsync(stage.Cancelled);
        await FloodAsync(stage, network, () => network.Count(Counter.SynCookiesSent));
        var halfOpen = HalfOpen(network);
        var (isOpen, port) = await TryConnectAsync(network, listener.LocalEndPoint, stage.Cancelled);
        var tuple = LessonNetwork.Tuple(LessonNetwork.Port, port);
        if (isOpen)
            await stage.UntilAsync(() => listener.Pending(), "the connection at the listener");
        await stage.ShowAsync(network, tuple, "The honest client, with cookies.", "쿠키가 있을 때의 정상 클라이언트.");
        await stage.CheckAsync(
            Opens, isOpen && halfOpen == QueueLimit && listener.Pending(),
            $"half-open: {halfOpen} of {QueueLimit}; the client: {network.StackState(tuple)}",
            $"반열림: {QueueLimit}개 가운데 {halfOpen}개; 클라이언트: {network.StackState(tuple)}");
        var answers = network.Events(tuple).Sent(TcpFlags.Syn | TcpFlags.Ack);
        await stage.CheckAsync(
            Stateless,
            answers is [{ Event.Segment.Reason: SegmentReason.SynCookie }]
                && network.Count(Counter.SynCookiesReceived) == 1 && HalfOpen(network) == halfOpen
                && network.Events(tuple).Received().Any(one => one.Header().Ack == answers[0].Header().Seq + 1),
            $"cookies sent: {network.Count(Counter.SynCookiesSent)}, returned: "
            + $"{network.Count(Counter.SynCookiesReceived)}",
            $"보낸 쿠키: {network.Count(Counter.SynCookiesSent)}, 돌아온 쿠키: "
            + $"{network.Count(Counter.SynCookiesReceived)}");
    }

    private static Task<LessonNetwork> StartAsync(LessonStage stage, SynCookieMode mode) =>
        stage.StartAsync(configure: options =>
        {
            options.SynCookies = mode;
            options.MaxHalfOpen = QueueLimit;
        });

    /// <summary>Sends forged SYNs until each was handled: half of them beyond the limit of the queue.</summary>
    private static async Task FloodAsync(LessonStage stage, LessonNetwork network, Func<long> beyondLimit)
    {
        var source = new byte[] { 198, 18, 0, 0 };
        for (var i = 0; i < Forged; i++)
        {
            source[3] = (byte)(100 + i);
            network.Forge(
                new IPAddress(source),
                new TcpHeader(
                    new Port((ushort)(20_000 + i)), new Port(LessonNetwork.Port), new SeqNum(7_000_000u * (uint)i),
                    default, TcpFlags.Syn, 65_535));
        }

        await stage.UntilAsync(() => beyondLimit() >= Forged - QueueLimit, "the forged SYNs");
    }

    private static int HalfOpen(LessonNetwork network) =>
        network.Stack.GetConnections().Count(one => one.State == TcpState.SynReceived);

    private static async Task<(bool IsOpen, int Port)> TryConnectAsync(
        LessonNetwork network, IPEndPoint server, CancellationToken cancellationToken)
    {
        const int HonestPort = 50_000;
        var socket = network.NewKernelSocket(HonestPort);
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return (true, HonestPort);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            return (false, HonestPort);
        }
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>What recovers a lost SYN, a lost SYN,ACK and a lost third ACK.</summary>
internal sealed class LostHandshakeLesson : Lesson
{
    private static readonly Claim LostSyn = new(
        "A lost SYN is retransmitted by the client's timer, with the same ISN.",
        "손실된 SYN은 클라이언트의 타이머가 같은 ISN으로 재전송한다.");

    private static readonly Claim LostSynAck = new(
        "A lost SYN,ACK is retransmitted by the server's timer, where that one expires first.",
        "손실된 SYN,ACK는 서버의 타이머가 먼저 만료되면 서버가 재전송한다.");

    private static readonly Claim ClientAsksAgain = new(
        "Where the client's timer expires first, it retransmits its SYN, and the server answers with the same SYN,ACK.",
        "클라이언트의 타이머가 먼저 만료되면 클라이언트가 SYN을 재전송하고, 서버는 같은 SYN,ACK로 응답한다.");

    private static readonly Claim Apart = new(
        "When the third segment is lost, the client is in ESTABLISHED while the server is in SYN-RECEIVED.",
        "세 번째 세그먼트가 손실되면 클라이언트는 ESTABLISHED이지만 서버는 아직 SYN-RECEIVED이다.");

    private static readonly Claim SilentClient = new(
        "An ACK has no timer. With a silent client the server's timer retransmits the SYN,ACK, which draws a new ACK.",
        "ACK에는 타이머가 없다. 클라이언트가 아무것도 보내지 않으면 서버의 타이머가 SYN,ACK를 재전송하고, 그에 대한 "
        + "ACK가 다시 온다.");

    private static readonly Claim DataOpens = new(
        "If the client sends data, the data carries the ACK: the server's connection opens without any timer.",
        "클라이언트가 데이터를 보내면 그 세그먼트에 ACK가 실려 있으므로 타이머 없이도 서버의 연결이 열린다.");

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(3);

    public override string Name => "lost-handshake";

    public override Words Title => new(
        "A lost SYN, a lost SYN,ACK, a lost third ACK: whose timer recovers each",
        "손실된 SYN, SYN,ACK, 세 번째 ACK: 각각 누구의 타이머가 복구하는가");

    public override IReadOnlyList<Claim> Claims =>
        [LostSyn, LostSynAck, ClientAsksAgain, Apart, SilentClient, DataOpens];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "Each of the three segments of a handshake can be lost. Here the kernel is the client, and UserTcp the "
            + "server. The link drops exactly one segment in each run. The client's first timeout is 1 s. The server's "
            + "is set to 0.4 s, or to 3 s, so that it is clear whose timer expires first.",
            "연결 설정의 세 세그먼트는 어느 것이든 손실될 수 있습니다. 여기서는 커널이 클라이언트, UserTcp가 서버입니다. "
            + "링크는 실행할 때마다 세그먼트를 정확히 하나만 버립니다. 클라이언트의 첫 타임아웃은 1초입니다. 서버의 "
            + "타임아웃은 누구의 타이머가 먼저 만료되는지 분명하도록 0.4초 또는 3초로 정합니다.");
        await LoseSynAsync(stage);
        await LoseSynAckAsync(stage);
        await AskAboutAckAsync(stage);
        await LoseAckAsync(stage);
        await LoseAckBeforeDataAsync(stage);
    }

    private static async Task LoseSynAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync("drop=syn:1");
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var events = await OpenEventsAsync(stage, network, connection.Tuple);
        await stage.ShowAsync(network, connection.Tuple, "The SYN is lost.", "SYN이 손실됩니다.");
        var lost = events.Verdicts(LinkVerdictKind.Lost);
        var syns = events.Received(TcpFlags.Syn);
        await stage.CheckAsync(
            LostSyn,
            lost is [var first] && syns is [var again] && again.Header().Seq == first.Event.Link.Header.Seq
                && first.To(again) > TimeSpan.FromMilliseconds(500) && events.Sent(TcpFlags.Syn).Length == 1,
            lost.Length > 0 && syns.Length > 0
                ? $"SYN {lost[0].Event.Link.Header.Seq} -> SYN {syns[0].Header().Seq}, "
                    + $"+{lost[0].To(syns[0]).Milliseconds()}"
                : events.Segments().Arrows());
    }

    private static async Task LoseSynAckAsync(LessonStage stage)
    {
        await using var quick = await stage.StartAsync("drop=syn-ack:1", options => options.InitialRto = Short);
        var connection = await quick.KernelOpensAsync(stage.Cancelled);
        var events = await OpenEventsAsync(stage, quick, connection.Tuple);
        await stage.ShowAsync(
            quick, connection.Tuple, "The SYN,ACK is lost; the server's timer is the shorter one.",
            "SYN,ACK가 손실됩니다. 서버의 타이머가 더 짧습니다.");
        var answers = events.Sent(TcpFlags.Syn);
        await stage.CheckAsync(
            LostSynAck,
            answers is [var lost, var again] && lost.IsLost && IsTimeout(again)
                && lost.Header().Seq == again.Header().Seq && events.Received(TcpFlags.Syn).Length == 1,
            events.Segments().Arrows());

        await using var slow = await stage.StartAsync("drop=syn-ack:1", options => options.InitialRto = Long);
        connection = await slow.KernelOpensAsync(stage.Cancelled);
        events = await OpenEventsAsync(stage, slow, connection.Tuple);
        await stage.ShowAsync(
            slow, connection.Tuple, "The SYN,ACK is lost; the client's timer is the shorter one.",
            "SYN,ACK가 손실됩니다. 클라이언트의 타이머가 더 짧습니다.");
        answers = events.Sent(TcpFlags.Syn);
        await stage.CheckAsync(
            ClientAsksAgain,
            answers is [var dropped, var repeated] && dropped.IsLost && !IsTimeout(repeated)
                && dropped.Header().Seq == repeated.Header().Seq && events.Received(TcpFlags.Syn) is [var one, var two]
                && one.Header().Seq == two.Header().Seq,
            events.Segments().Arrows());
    }

    private static Task AskAboutAckAsync(LessonStage stage) => stage.AskAsync(new Question(
        new Words(
            "The third segment, an ACK without data, is lost, and the client is silent. Who notices?",
            "데이터가 없는 세 번째 세그먼트, 즉 ACK가 손실되고 클라이언트는 아무것도 보내지 않습니다. 누가 알아차릴까요?"),
        [
            new Words("the client, whose ACK is not acknowledged", "클라이언트: 자신의 ACK에 대한 확인 응답이 오지 않으므로"),
            new Words("the server, whose SYN,ACK is not acknowledged", "서버: 자신의 SYN,ACK에 대한 확인 응답이 오지 않으므로"),
            new Words("nobody: the connection stays half-open for ever", "아무도 모른다: 연결은 계속 반열림 상태로 남는다"),
        ],
        Right: 1,
        new Words(
            "An ACK takes no sequence number, so nobody acknowledges it, and no timer waits for it. The SYN,ACK takes "
            + "one. The server's timer runs until that number is acknowledged.",
            "ACK는 순서 번호를 차지하지 않으므로 확인 응답을 받지도, 타이머를 두지도 않습니다. SYN,ACK는 순서 번호를 "
            + "하나 차지하므로 그 번호가 확인될 때까지 서버의 타이머가 돕니다.")));

    private static async Task LoseAckAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync(
            "drop=ack:1:to-stack", options => options.InitialRto = TimeSpan.FromSeconds(1));
        await using var listener = await network.ListenAsync(stage.Cancelled);
        var kernel = network.NewKernelSocket();
        await kernel.ConnectAsync(listener.LocalEndPoint, stage.Cancelled);
        var tuple = LessonNetwork.Tuple(LessonNetwork.Port, ((System.Net.IPEndPoint)kernel.LocalEndPoint!).Port);
        await stage.UntilAsync(
            () => network.Events(tuple).Verdicts(LinkVerdictKind.Lost).Length > 0, "the loss of the ACK");
        var (client, server, isAccepted) = (network.KernelState(tuple), network.StackState(tuple), listener.Pending());
        var events = await OpenEventsAsync(stage, network, tuple);
        await stage.ShowAsync(
            network, tuple, "The third segment is lost; the client is silent.",
            "세 번째 세그먼트가 손실되고, 클라이언트는 아무것도 보내지 않습니다.");
        await stage.CheckAsync(
            Apart, client == TcpState.Established && server == TcpState.SynReceived && !isAccepted,
            $"client (Linux): {Evidence.NameOf(client)}, server (UserTcp): {Evidence.NameOf(server)}",
            $"클라이언트(리눅스): {Evidence.NameOf(client)}, 서버(UserTcp): {Evidence.NameOf(server)}");
        var answers = events.Sent(TcpFlags.Syn);
        await stage.CheckAsync(
            SilentClient,
            answers is [_, var again] && IsTimeout(again) && events.Received() is [.., var last] && last.IsPureAck()
                && events.Received().WithData().Length == 0,
            events.Segments().Arrows());
    }

    private static async Task LoseAckBeforeDataAsync(LessonStage stage)
    {
        await using var network = await stage.StartAsync("drop=ack:1:to-stack", options => options.InitialRto = Long);
        await using var listener = await network.ListenAsync(stage.Cancelled);
        var kernel = network.NewKernelSocket();
        await kernel.ConnectAsync(listener.LocalEndPoint, stage.Cancelled);
        await kernel.SendAsync("hello"u8.ToArray(), stage.Cancelled);
        await using var connection = await listener.AcceptConnectionAsync(stage.Cancelled);
        var tuple = LessonNetwork.Connection(kernel, connection).Tuple;
        var events = await OpenEventsAsync(stage, network, tuple);
        await stage.ShowAsync(
            network, tuple, "The third segment is lost; the client sends data at once.",
            "세 번째 세그먼트가 손실되지만 클라이언트가 곧바로 데이터를 보냅니다.");
        await stage.CheckAsync(
            DataOpens,
            events.Verdicts(LinkVerdictKind.Lost).Length == 1 && events.Sent(TcpFlags.Syn).Length == 1
                && events.Received().WithData() is [var data, ..] && data.Segment().Before == TcpState.SynReceived
                && data.Segment().After == TcpState.Established,
            events.Segments().Arrows());
    }

    /// <summary>The events until the server's end is in ESTABLISHED.</summary>
    private static async Task<IReadOnlyList<ExplainedEvent>> OpenEventsAsync(
        LessonStage stage, LessonNetwork network, FourTuple tuple)
    {
        await stage.UntilAsync(
            () => network.Events(tuple).Segments().Any(one => one.Segment().After == TcpState.Established),
            "the server's ESTABLISHED");
        return network.Events(tuple);
    }

    private static bool IsTimeout(ExplainedEvent segment) =>
        segment.Segment().Reason == SegmentReason.RetransmissionTimeout;
}

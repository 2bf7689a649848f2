using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>Why a connection opens in three steps, and what the initial sequence numbers are.</summary>
internal sealed class HandshakeLesson : Lesson
{
    private static readonly Claim Three = new(
        "The handshake is three segments: SYN, then SYN,ACK, then ACK.",
        "연결 설정은 세그먼트 세 개로 이루어진다: SYN, SYN,ACK, ACK.");

    private static readonly Claim SynCounts = new(
        "Each ACK number is the other end's ISN plus 1: a SYN takes one sequence number.",
        "확인 응답 번호는 상대의 ISN + 1이다. SYN이 순서 번호 하나를 차지하기 때문이다.");

    private static readonly Claim FirstByte = new(
        "The first byte of data has the sequence number ISN + 1.",
        "데이터의 첫 바이트는 순서 번호가 ISN + 1이다.");

    private static readonly Claim ServerWaits = new(
        "Until the third segment arrives the server stays in SYN-RECEIVED: it does not know that its ISN has arrived.",
        "서버는 세 번째 세그먼트가 올 때까지 SYN-RECEIVED에 머문다. 자신의 ISN이 전달되었는지 아직 모르기 때문이다.");

    private static readonly Claim OtherIsns = new(
        "The next connection has other ISNs, at both ends.",
        "다음 연결에서는 양쪽 모두 다른 ISN을 쓴다.");

    private static readonly Claim OldSyn = new(
        "An old SYN opens nothing: the end that is said to have sent it answers the SYN,ACK with a RST.",
        "오래된 SYN으로는 연결이 열리지 않는다. 보낸 적이 없는 쪽이 SYN,ACK에 RST로 답하기 때문이다.");

    public override string Name => "handshake";

    public override Words Title => new(
        "Why a connection opens in three steps, and what its sequence numbers start from",
        "연결은 왜 3단계로 열리고, 순서 번호는 어디서 시작하는가");

    public override IReadOnlyList<Claim> Claims => [Three, SynCounts, FirstByte, ServerWaits, OtherIsns, OldSyn];

    public override async Task PlayAsync(LessonStage stage)
    {
        await IntroduceAsync(stage);
        await using var network = await stage.StartAsync();
        var first = await OpenAsync(stage, network);
        await stage.ShowAsync(
            network, first.Tuple,
            "The kernel is the client and opens; then its application writes 5 bytes.",
            "커널이 클라이언트로서 연결을 열고, 그 애플리케이션이 5바이트를 보냅니다.");
        var events = network.Events(first.Tuple);
        await ShowNumbersAsync(stage, events);
        await CheckAsync(stage, events);
        var second = await OpenAsync(stage, network);
        await CheckNextAsync(stage, events[^1], network.Events(second.Tuple)[^1]);
        await ReplayOldSynAsync(stage, network);
    }

    private static async Task IntroduceAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "TCP numbers every byte. Each end chooses where its own numbers start: the initial sequence number "
            + "(ISN). It tells the peer in a SYN. Both ends must also learn that their own ISN has arrived.",
            "TCP는 모든 바이트에 번호를 매깁니다. 양쪽은 각자 자기 번호의 시작값인 초기 순서 번호(ISN)를 정해 SYN에 "
            + "실어 보냅니다. 그리고 자신의 ISN이 상대에게 전달되었는지도 알아야 합니다.");
        await stage.AskAsync(new Question(
            new Words(
                "Two ISNs, and each has to be acknowledged. What is the smallest number of segments?",
                "ISN이 두 개이고 각각 확인 응답을 받아야 합니다. 세그먼트는 최소 몇 개가 필요할까요?"),
            [new Words("two", "두 개"), new Words("three", "세 개"), new Words("four", "네 개")],
            Right: 1,
            new Words(
                "Four things are to be said: two SYNs and two ACKs. The server says two of them in one segment, "
                + "SYN,ACK. With two segments the server would never learn whether its ISN arrived.",
                "SYN 두 번과 ACK 두 번, 모두 네 가지를 알려야 하지만 서버가 그중 둘을 SYN,ACK 하나에 담습니다. "
                + "세그먼트가 두 개뿐이라면 서버는 자신의 ISN이 전달되었는지 끝내 알 수 없습니다.")));
    }

    /// <summary>Opens a connection, and lets the client write.</summary>
    private static async Task<LessonConnection> OpenAsync(LessonStage stage, LessonNetwork network)
    {
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        await connection.Kernel.SendAsync("hello"u8.ToArray(), stage.Cancelled);
        await stage.UntilAsync(
            () => network.Events(connection.Tuple).Received().WithData().Length > 0, "the client's data");
        return connection;
    }

    private static Task ShowNumbersAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events) =>
        stage.ShowTableAsync(
            new Words(
                "The ladder counts from the ISNs. In the headers the numbers are absolute:",
                "위 그림의 번호는 ISN을 기준으로 한 상대값입니다. 헤더에 실제로 적힌 절대값은 다음과 같습니다:"),
            [
                new Words("from", "보낸 쪽"), new Words("segment", "세그먼트"), new Words("SEQ", "순서 번호"),
                new Words("ACK", "확인 응답 번호"),
            ],
            [
                .. events.Segments().Take(4).Select(one => (IReadOnlyList<Words>)
                [
                    one.Segment().Sent ? Words.Same("UserTcp") : new Words("kernel", "커널"),
                    Words.Same(SegmentLine.Flags(one.Header().Flags)),
                    Words.Same($"{one.Header().Seq}"),
                    Words.Same(one.Has(TcpFlags.Ack) ? $"{one.Header().Ack}" : "-"),
                ]),
            ]);

    private static async Task CheckAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        var segments = events.Segments();
        var data = events.Received().WithData()[0];
        var handshake = segments.TakeWhile(one => one != data).ToArray();
        await stage.CheckAsync(
            Three,
            handshake is [var one, var two, var three]
                && one.Header().Flags == TcpFlags.Syn && two.Has(TcpFlags.Syn | TcpFlags.Ack) && three.IsPureAck(),
            handshake.Arrows());
        var (irs, iss) = (segments[0].Header().Seq, events.Sent(TcpFlags.Syn)[0].Header().Seq);
        var (synAck, ack) = (events.Sent(TcpFlags.Syn)[0].Header().Ack, handshake[^1].Header().Ack);
        await stage.CheckAsync(
            SynCounts, synAck == irs + 1 && ack == iss + 1,
            $"ISN {irs} -> ACK {synAck}; ISN {iss} -> ACK {ack}");
        await stage.CheckAsync(
            FirstByte, data.Header().Seq == irs + 1, $"ISN {irs}, SEQ {data.Header().Seq}");
        var states = handshake.OwnStates();
        await stage.CheckAsync(
            ServerWaits,
            states is [TcpState.Listen, TcpState.SynReceived, TcpState.Established]
                && handshake[^1].Segment() is { Before: TcpState.SynReceived, After: TcpState.Established },
            states.Names());
    }

    private static async Task CheckNextAsync(LessonStage stage, ExplainedEvent first, ExplainedEvent second)
    {
        await stage.SayAsync(
            "ISNs do not start from 0. Segments of an earlier connection may still be on their way, and an attacker "
            + "must not be able to guess the number. Each end computes its ISN from a clock and a keyed hash of the "
            + "addresses and ports (RFC 6528). Now a second connection:",
            "ISN은 0에서 시작하지 않습니다. 이전 연결의 세그먼트가 아직 네트워크에 남아 있을 수 있고, 공격자가 번호를 "
            + "짐작하지 못해야 하기 때문입니다. 양쪽은 시계 값과, 주소와 포트에 대한 키 해시로 ISN을 계산합니다(RFC 6528). "
            + "이제 두 번째 연결을 엽니다:");
        await stage.CheckAsync(
            OtherIsns, first.Iss != second.Iss && first.Irs != second.Irs,
            string.Create(
                CultureInfo.InvariantCulture,
                $"UserTcp {first.Iss}, {second.Iss}; Linux {first.Irs}, {second.Irs}"));
    }

    private static async Task ReplayOldSynAsync(LessonStage stage, LessonNetwork network)
    {
        const int OldPort = 40_000;
        await stage.SayAsync(
            "The third step protects the server as well. A SYN that was delayed by the network arrives after its "
            + "sender has gone. This run sends one by a raw socket, from a port where the kernel has no connection:",
            "세 번째 단계는 서버도 보호합니다. 네트워크에서 지연된 SYN이, 보낸 쪽이 이미 사라진 뒤에 도착할 수 있습니다. "
            + "커널에 연결이 없는 포트에서 온 것처럼 raw 소켓으로 SYN을 하나 보내 봅니다:");
        await using var listener = await network.ListenAsync(stage.Cancelled);
        network.Forge(
            LessonNetwork.KernelAddress,
            new TcpHeader(
                new Port(OldPort), new Port(LessonNetwork.Port), new SeqNum(1_000_000), default, TcpFlags.Syn, 65_535));
        var tuple = LessonNetwork.Tuple(LessonNetwork.Port, OldPort);
        await stage.UntilAsync(
            () => network.Events(tuple).Received(TcpFlags.Rst).Length > 0, "the RST of the kernel");
        await stage.ShowAsync(
            network, tuple, "An old SYN arrives; nobody waits for the answer.",
            "오래된 SYN이 도착하지만 응답을 기다리는 쪽은 없습니다.");
        var state = network.StackState(tuple);
        await stage.CheckAsync(
            OldSyn,
            state is null && !listener.Pending() && network.Events(tuple).Segments() is
                [{ Event.Segment.Sent: false }, { Event.Segment.Sent: true }, { Event.Segment.Sent: false }],
            network.Events(tuple).Segments().Arrows());
    }
}

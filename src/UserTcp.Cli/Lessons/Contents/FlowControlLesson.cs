using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>A reader that stops, the closed window, probes and the window update.</summary>
internal sealed class FlowControlLesson : Lesson
{
    private const int DataLength = 60_000;
    private const int BufferSize = 16_384;
    private const int Probes = 3;

    /// <summary>Linux leaves a probe unanswered that comes within 500 ms of the last answer.</summary>
    private const int Answers = 2;

    private static readonly Claim WithinWindow = new(
        "No byte is sent beyond the window that the receiver has offered.",
        "수신 측이 알린 윈도를 넘어서는 바이트는 하나도 보내지 않는다.");

    private static readonly Claim Stops = new(
        "While the window is closed the sender sends no data.",
        "윈도가 닫혀 있는 동안 송신 측은 데이터를 보내지 않는다.");

    private static readonly Claim ProbesAsk = new(
        "Zero-window probes ask for the window, each after about twice as long as the one before.",
        "제로 윈도 프로브가 윈도를 물어보며, 간격은 매번 약 두 배로 늘어난다.");

    private static readonly Claim StillClosed = new(
        "The receiver's answers to the probes still say 0.",
        "프로브에 대한 수신 측의 응답에는 여전히 윈도가 0이라고 적혀 있다.");

    private static readonly Claim UpdateRestarts = new(
        "When the application reads, a window update restarts the sender.",
        "애플리케이션이 읽으면 윈도 갱신이 전송을 다시 시작시킨다.");

    private static readonly Claim NothingLost = new(
        "A closed window is no loss: no retransmission timeout, and all bytes arrive.",
        "닫힌 윈도는 손실이 아니다. 재전송 타임아웃 없이 모든 바이트가 도착한다.");

    public override string Name => "flow-control";

    public override Words Title => new(
        "Flow control: a reader that stops, the closed window and its probes",
        "흐름 제어: 읽지 않는 애플리케이션, 닫힌 윈도와 제로 윈도 프로브");

    public override IReadOnlyList<Claim> Claims =>
        [WithinWindow, Stops, ProbesAsk, StillClosed, UpdateRestarts, NothingLost];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "UserTcp sends 60,000 bytes to an application of the kernel that does not read. Its socket has a receive "
            + "buffer of 16 KB. Each ACK says how much more fits: the window.",
            "UserTcp가 커널 쪽 애플리케이션으로 60,000바이트를 보내지만 그 애플리케이션은 읽지 않습니다. 소켓의 수신 버퍼는 "
            + "16KB입니다. ACK마다 얼마나 더 받을 수 있는지, 즉 수신 윈도가 적혀 있습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "The window is 0 and the sender waits for a window update. What if that one segment is lost?",
                "윈도가 0이고 송신 측은 윈도 갱신을 기다립니다. 그 세그먼트 하나가 손실되면 어떻게 될까요?"),
            [
                new Words("both ends would wait for ever; so the sender asks from time to time",
                    "양쪽이 영원히 기다리게 되므로 송신 측이 때때로 물어본다"),
                new Words("the receiver retransmits it", "수신 측이 재전송한다"),
                new Words("the connection ends", "연결이 끊어진다"),
            ],
            Right: 0,
            new Words(
                "A window update is an ACK without data: nobody acknowledges it, so nobody notices its loss. The "
                + "sender's persist timer sends zero-window probes instead.",
                "윈도 갱신은 데이터가 없는 ACK이므로 확인 응답도 없고 손실되어도 아무도 모릅니다. 그래서 송신 측의 persist "
                + "타이머가 제로 윈도 프로브를 보냅니다.")));
        await using var network = await stage.StartAsync();
        var connection = await network.StackOpensAsync(
            stage.Cancelled, socket => socket.ReceiveBufferSize = BufferSize);
        var tuple = connection.Tuple;
        var data = Payload.Of(DataLength);
        await connection.Stack.GetStream().WriteAsync(data, stage.Cancelled);
        connection.Stack.CompleteWrites();
        await stage.UntilAsync(
            () => ProbesIn(network.Events(tuple)).Length >= Probes && IsAnswered(network.Events(tuple)),
            "the zero-window probes");
        var received = await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
        await connection.Stack.WritesClosed.WaitAsync(stage.Cancelled);
        var events = network.Events(tuple);
        await stage.ShowAsync(
            network, tuple, "The kernel's application reads only after three probes.",
            "커널 쪽 애플리케이션은 프로브가 세 번 온 뒤에야 읽습니다.", IsAroundTheProbes(events));
        await stage.SayAsync(
            "Linux leaves a probe unanswered that comes within 500 ms of its last answer (tcp_invalid_ratelimit). The "
            + "sender asks once more later.",
            "리눅스는 마지막 응답 뒤 500ms 안에 온 프로브에는 응답하지 않습니다(tcp_invalid_ratelimit). 송신 측은 나중에 다시 "
            + "물어봅니다.");
        await CheckAsync(stage, events);
        var timeouts = network.Count(Counter.RetransmissionTimeouts);
        await stage.CheckAsync(
            NothingLost, timeouts == 0 && received.AsSpan().SequenceEqual(data),
            $"timeouts: {timeouts}; hash sent {Payload.Hash(data)}, read {Payload.Hash(received)}",
            $"타임아웃: {timeouts}; 보낸 해시 {Payload.Hash(data)}, 읽은 해시 {Payload.Hash(received)}");
    }

    private static async Task CheckAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        var beyond = BytesBeyondWindow(events);
        await stage.CheckAsync(
            WithinWindow, beyond == 0, $"beyond the window: {beyond} bytes", $"윈도를 넘어선 바이트: {beyond}");
        var segments = events.Segments();
        var closed = Array.FindIndex(segments, one => Means(one, SegmentMeaning.WindowClosed));
        var opened = Array.FindLastIndex(segments, one => Means(one, SegmentMeaning.WindowOpened));
        var between = closed >= 0 && opened > closed ? segments[(closed + 1)..opened] : [];
        await stage.CheckAsync(
            Stops, between.Length > 0 && between.Sent().WithData().Length == 0,
            $"closed for {Length(between)}, data segments: {between.Sent().WithData().Length}",
            $"닫혀 있던 시간 {Length(between)}, 데이터 세그먼트: {between.Sent().WithData().Length}");
        var probes = ProbesIn(events);
        var first = segments.Take(closed + 1).LastOrDefault() ?? probes[0];
        var waits = probes.Take(Probes).Select((probe, index) => (index == 0 ? first : probes[index - 1]).To(probe))
            .ToArray();
        await stage.CheckAsync(
            ProbesAsk,
            waits.Length == Probes && waits.Index().All(one => one.Item >= probes[0].Event.Vitals!.Value.Rto * 0.9
                * (1 << one.Index)),
            string.Join(", ", waits.Select(wait => wait.Milliseconds())));
        var answers = events.Received().Where(one => Means(one, SegmentMeaning.ProbeAnswer)).ToArray();
        await stage.CheckAsync(
            StillClosed, answers.Length >= Answers && answers.All(one => one.Window == 0),
            string.Join(", ", answers.Select(one => $"win={one.Window}")));
        var next = opened < 0 ? null : segments.Skip(opened + 1).FirstOrDefault(
            one => one.Segment() is { Sent: true, PayloadLength: > 0 });
        var wait = next is null ? "-" : segments[opened].To(next).Milliseconds();
        await stage.CheckAsync(
            UpdateRestarts, next is not null, $"the window update came, and data after {wait}",
            $"윈도 갱신이 오고 {wait} 뒤에 데이터를 보냄");
    }

    private static string Length(ExplainedEvent[] events) =>
        events.Length == 0 ? "-" : events[0].To(events[^1]).Milliseconds();

    /// <summary>The events from just before the window closes until the sender goes on.</summary>
    private static Func<ExplainedEvent, bool> IsAroundTheProbes(IReadOnlyList<ExplainedEvent> events)
    {
        const int Around = 4;
        var shown = events.Where(Evidence.IsOnLadder).ToList();
        var closed = shown.FindIndex(one => Means(one, SegmentMeaning.WindowClosed));
        var opened = shown.FindLastIndex(one => Means(one, SegmentMeaning.WindowOpened));
        var numbers = shown[Math.Max(closed - Around, 0)..Math.Min(opened + Around, shown.Count)]
            .Select(one => one.Event.Number).ToHashSet();
        return one => numbers.Contains(one.Event.Number);
    }

    /// <summary>Bytes of data beyond the right edge that the segments before had offered.</summary>
    private static long BytesBeyondWindow(IReadOnlyList<ExplainedEvent> events)
    {
        SeqNum? edge = null;
        var beyond = 0L;
        foreach (var one in events.Segments())
        {
            var segment = one.Segment();
            if (!segment.Sent && one.Has(TcpFlags.Ack))
            {
                var offered = one.Header().Ack + one.Window;
                edge = edge is { } known ? SeqNum.Max(known, offered) : offered;
            }
            else if (segment is { Sent: true, PayloadLength: > 0 } && edge is { } right)
            {
                beyond += Math.Max(one.Header().Seq + segment.PayloadLength - right, 0);
            }
        }

        return beyond;
    }

    private static bool Means(ExplainedEvent explained, SegmentMeaning meaning) =>
        explained.Segment().Meaning.HasFlag(meaning);

    private static ExplainedEvent[] ProbesIn(IReadOnlyList<ExplainedEvent> events) =>
        [.. events.Sent().Where(one => one.Segment().Reason == SegmentReason.ZeroWindowProbe)];

    private static bool IsAnswered(IReadOnlyList<ExplainedEvent> events) =>
        events.Received().Count(one => Means(one, SegmentMeaning.ProbeAnswer)) >= Answers;
}

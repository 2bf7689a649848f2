using System.Net.Sockets;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>The same bytes arrive over a link that loses, duplicates, reorders and damages segments.</summary>
internal sealed class ReliabilityLesson : Lesson
{
    private const int Length = 60_000;

    /// <summary>Strike the 5th, 9th, 13th and 17th segment of 1,448 bytes, and no retransmission of them.</summary>
    private const string Faults =
        "delay=5ms,drop=seq:5793:to-stack,dup=seq:11585:to-stack,reorder=seq:17377:to-stack,corrupt=seq:23169:to-stack";

    private const SegmentMeaning Unusual = SegmentMeaning.FillsHole | SegmentMeaning.AlreadyReceived;

    private static readonly Claim BadLink = new(
        "The link has lost one segment, doubled one, reordered one and damaged one.",
        "링크가 세그먼트를 하나는 잃고, 하나는 복제하고, 하나는 순서를 바꾸고, 하나는 손상시켰다.");

    private static readonly Claim SameBytes = new(
        "The receiver's application reads the same bytes in the same order.",
        "수신 측 애플리케이션은 같은 바이트를 같은 순서로 읽는다.");

    private static readonly Claim Retransmitted = new(
        "Lost and damaged data is retransmitted: the sender keeps data until it is acknowledged.",
        "손실되거나 손상된 데이터는 재전송된다. 송신 측은 확인 응답을 받을 때까지 데이터를 보관한다.");

    private static readonly Claim Checksum = new(
        "The receiver drops the damaged segment by its checksum. For TCP it is one more loss.",
        "손상된 세그먼트는 체크섬 때문에 버려진다. TCP에게는 손실이 하나 더 생긴 것과 같다.");

    private static readonly Claim Doubles = new(
        "The receiver recognizes the double by its sequence numbers and drops it.",
        "복제된 세그먼트는 순서 번호로 알아보고 버린다.");

    private static readonly Claim Holes = new(
        "Data behind a hole waits in the reassembly queue until the hole is filled.",
        "빈 구간 뒤의 데이터는 그 구간이 채워질 때까지 재조립 큐에서 기다린다.");

    public override string Name => "reliability";

    public override Words Title => new(
        "Loss, duplication, reordering and damage on one link: the same bytes arrive",
        "한 링크에서 손실, 복제, 순서 바뀜, 손상이 일어나도 같은 바이트가 도착한다");

    public override IReadOnlyList<Claim> Claims => [BadLink, SameBytes, Retransmitted, Checksum, Doubles, Holes];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The kernel sends 60,000 bytes to UserTcp, 42 segments. On their way the 5th is lost, the 9th arrives "
            + "twice, the 13th arrives 20 ms late, and bits of the 17th are inverted.",
            "커널이 UserTcp로 60,000바이트, 즉 세그먼트 42개를 보냅니다. 도중에 5번째는 손실되고, 9번째는 두 번 도착하고, "
            + "13번째는 20ms 늦게 도착하고, 17번째는 비트가 뒤집힙니다.");
        await stage.AskAsync(new Question(
            new Words(
                "IP says nothing about any of this. How does the sender learn that the 5th was lost?",
                "IP는 이런 일을 전혀 알려 주지 않습니다. 송신 측은 5번째가 손실된 것을 어떻게 알까요?"),
            [
                new Words("the receiver asks for the 5th", "수신 측이 5번째를 다시 달라고 요청한다"),
                new Words("the receiver's ACKs stay at the 5th while later data arrives",
                    "뒤의 데이터가 도착해도 수신 측의 ACK가 5번째에 머문다"),
                new Words("the link reports the loss", "링크가 손실을 알려 준다"),
            ],
            Right: 1,
            new Words(
                "An ACK says which byte is expected next. It cannot go past a hole. ACKs that repeat the same number, "
                + "with SACK blocks of what came behind, show the sender the hole.",
                "ACK는 다음에 기대하는 바이트를 알리므로 빈 구간을 넘어갈 수 없습니다. 같은 번호가 반복되는 ACK와, 그 뒤에 "
                + "도착한 범위를 담은 SACK 블록을 보고 송신 측이 빈 구간을 알게 됩니다.")));
        await using var network = await stage.StartAsync(Faults);
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        var data = Payload.Of(Length);
        var reading = Payload.ReadToEndAsync(connection.Stack.GetStream(), stage.Cancelled);
        await Payload.SendAsync(connection.Kernel, data, stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Send);
        var received = await reading;
        await stage.ShowAsync(
            network, tuple, "What was unusual: what the link did, and what followed.",
            "평소와 달랐던 이벤트: 링크가 한 일과 그 결과.",
            one => one.Event.Kind == TraceEventKind.Link || one.Has(TcpFlags.Syn)
                || one.Segment().Before == TcpState.SynReceived
                || (one.Segment().Meaning & Unusual) != 0);
        var events = network.Events(tuple);
        await CheckLinkAsync(stage, events);
        await stage.CheckAsync(
            SameBytes, received.AsSpan().SequenceEqual(data),
            $"sent {data.Length} bytes, hash {Payload.Hash(data)}; read {received.Length} bytes, hash "
            + Payload.Hash(received),
            $"보냄 {data.Length}바이트, 해시 {Payload.Hash(data)}; 읽음 {received.Length}바이트, 해시 "
            + Payload.Hash(received));
        await CheckRepairAsync(stage, network, events);
    }

    private static Task CheckLinkAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        LinkVerdictKind[] kinds =
        [
            LinkVerdictKind.Lost, LinkVerdictKind.Duplicated, LinkVerdictKind.Reordered, LinkVerdictKind.Corrupted,
        ];
        var counts = kinds.Select(kind => events.Verdicts(kind).Length).ToArray();
        return stage.CheckAsync(
            BadLink, counts.All(count => count == 1),
            string.Join(", ", kinds.Zip(counts, (kind, count) => $"{kind}: {count}")));
    }

    private static async Task CheckRepairAsync(
        LessonStage stage, LessonNetwork network, IReadOnlyList<ExplainedEvent> events)
    {
        ExplainedEvent[] gone =
            [.. events.Verdicts(LinkVerdictKind.Lost), .. events.Verdicts(LinkVerdictKind.Corrupted)];
        var again = gone.Select(verdict => events.Received().WithData().FirstOrDefault(
            one => verdict.Event.Link.Header.Seq.IsIn(one.Header().Seq, (uint)one.Segment().PayloadLength))).ToArray();
        await stage.CheckAsync(
            Retransmitted, again.All(one => one is not null),
            $"retransmissions arrived after {Waits(gone, again)}", $"재전송이 도착하기까지 {Waits(gone, again)}");
        var dropped = network.Count(Counter.DroppedBadChecksum) + network.Count(Counter.DroppedBadIpHeader)
            + network.Count(Counter.DroppedBadTcpHeader);
        await stage.CheckAsync(Checksum, dropped == 1, $"dropped: {dropped}", $"버림: {dropped}");
        var doubles = Count(events, SegmentMeaning.AlreadyReceived);
        await stage.CheckAsync(
            Doubles, doubles >= 1, $"already received: {doubles}", $"이미 받은 세그먼트: {doubles}");
        var (behind, filled) = (Count(events, SegmentMeaning.OutOfOrder), Count(events, SegmentMeaning.FillsHole));
        await stage.CheckAsync(
            Holes, behind > filled && filled >= 1, $"behind a hole: {behind}; filled a hole: {filled}",
            $"빈 구간 뒤에 온 것: {behind}; 빈 구간을 채운 것: {filled}");
    }

    private static string Waits(IEnumerable<ExplainedEvent> gone, IEnumerable<ExplainedEvent?> again) => string.Join(
        ", ", gone.Zip(again, (lost, found) => found is null ? "-" : lost.To(found).Milliseconds()));

    private static int Count(IReadOnlyList<ExplainedEvent> events, SegmentMeaning meaning) =>
        events.Received().Count(one => one.Segment().Meaning.HasFlag(meaning));
}

using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>The same losses with SACK and without.</summary>
internal sealed class SackLesson : Lesson
{
    private const int Length = 40 * 1448;

    private const string Link =
        "delay=20ms,drop=data:13:from-stack,drop=data:15:from-stack,drop=data:17:from-stack";

    private const SegmentMeaning OfRecovery = SegmentMeaning.SackNews | SegmentMeaning.DuplicateAck
        | SegmentMeaning.PartialAck | SegmentMeaning.RecoveryEnds;

    private static readonly Claim Blocks = new(
        "With SACK the ACKs name what has arrived behind the hole.",
        "SACK를 쓰면 ACK가 빈 구간 뒤에 도착한 범위를 알려 준다.");

    private static readonly Claim OneRtt = new(
        "With SACK the sender retransmits all three lost segments at once: it waits for no partial ACK in between.",
        "SACK를 쓰면 송신 측은 부분 ACK를 기다리지 않고 손실된 세 세그먼트를 한꺼번에 재전송한다.");

    private static readonly Claim OneEachRtt = new(
        "Without SACK each partial ACK shows one more hole: one retransmission in each round trip.",
        "SACK가 없으면 부분 ACK마다 빈 구간이 하나씩만 드러나므로 RTT마다 하나씩 재전송한다.");

    private static readonly Claim OnlyLost = new(
        "In both runs exactly the lost segments are retransmitted.",
        "두 경우 모두 손실된 세그먼트만 재전송한다.");

    private static readonly Claim SameBytes = new(
        "In both runs all bytes arrive, without a timeout.", "두 경우 모두 타임아웃 없이 모든 바이트가 도착한다.");

    public override string Name => "sack";

    public override Words Title => new(
        "SACK: the same three losses with it and without it", "SACK: 똑같은 세 번의 손실, SACK가 있을 때와 없을 때");

    public override IReadOnlyList<Claim> Claims => [Blocks, OneRtt, OneEachRtt, OnlyLost, SameBytes];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "UserTcp sends 40 segments over a link with a round trip of 40 ms. The 13th, 15th and 17th are lost. "
            + "A plain ACK says only which byte is expected next, so it shows the first hole and hides the others.",
            "UserTcp가 왕복 시간 40ms의 링크로 세그먼트 40개를 보냅니다. 13번째, 15번째, 17번째가 손실됩니다. 일반 ACK는 다음에 "
            + "기대하는 바이트만 알리므로 첫 번째 빈 구간만 드러나고 나머지는 보이지 않습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "Three segments of one flight are lost. How many round trips does the repair take without SACK?",
                "한 번에 보낸 세그먼트 가운데 세 개가 손실되었습니다. SACK가 없으면 복구에 RTT가 몇 번 걸릴까요?"),
            [Words.Same("1"), Words.Same("2"), Words.Same("3")],
            Right: 2,
            new Words(
                "The retransmission of the 13th draws an ACK up to the 15th: a partial ACK. Only then does the sender "
                + "know of the next hole.",
                "13번째를 재전송하면 15번째 앞까지의 ACK, 즉 부분 ACK가 옵니다. 그제야 송신 측은 다음 빈 구간을 알게 됩니다.")));
        var with = await RunAsync(stage, isSack: true);
        var without = await RunAsync(stage, isSack: false);
        await CheckAsync(stage, with, without);
    }

    private static async Task<Run> RunAsync(LessonStage stage, bool isSack)
    {
        await using var network = await stage.StartAsync(Link, options =>
        {
            options.Sack = isSack;
            options.Pacing = false;
            options.MinRto = TimeSpan.FromSeconds(1);
        });
        var connection = await network.StackOpensAsync(stage.Cancelled);
        var data = Payload.Of(Length);
        await connection.Stack.GetStream().WriteAsync(data, stage.Cancelled);
        connection.Stack.CompleteWrites();
        var received = await Payload.ReadToEndAsync(connection.Kernel, stage.Cancelled);
        await connection.Stack.WritesClosed.WaitAsync(stage.Cancelled);
        await stage.ShowAsync(
            network, connection.Tuple, isSack ? "With SACK." : "Without SACK.", isSack ? "SACK 사용." : "SACK 없음.",
            IsOfRecovery(network.Events(connection.Tuple)));
        var events = network.Events(connection.Tuple);
        return new Run(
            events, [.. events.Sent().WithData().Where(one => one.Of is not null)],
            received.AsSpan().SequenceEqual(data), network.Count(Counter.RetransmissionTimeouts));
    }

    /// <summary>The losses and what repairs them, with the first duplicate ACKs of each hole.</summary>
    private static Func<ExplainedEvent, bool> IsOfRecovery(IReadOnlyList<ExplainedEvent> events)
    {
        const int MaxDuplicates = 3;
        var shown = new HashSet<long>();
        var duplicates = 0;
        foreach (var one in events)
        {
            var meaning = one.Segment().Meaning;
            duplicates = meaning.HasFlag(SegmentMeaning.DuplicateAck) ? duplicates + 1
                : meaning.HasFlag(SegmentMeaning.NewAck) ? 0 : duplicates;
            var isRepetition = meaning.HasFlag(SegmentMeaning.DuplicateAck) && duplicates > MaxDuplicates;
            if (one.Event.Kind is TraceEventKind.Link or TraceEventKind.Loss || one.Has(TcpFlags.Syn)
                || (one.Segment().Sent && one.Of is not null) || ((meaning & OfRecovery) != 0 && !isRepetition))
            {
                shown.Add(one.Event.Number);
            }
        }

        return one => shown.Contains(one.Event.Number);
    }

    private static async Task CheckAsync(LessonStage stage, Run with, Run without)
    {
        var blocks = with.Events.Received().Where(one => one.Segment().Sack.Count > 0).ToArray();
        await stage.CheckAsync(
            Blocks,
            blocks.Length > 0 && without.Events.Received().All(one => one.Segment().Sack.Count == 0),
            $"ACKs with SACK blocks: {blocks.Length}", $"SACK 블록이 있는 ACK: {blocks.Length}");
        await stage.CheckAsync(
            OneRtt,
            with.Retransmitted.Length == 3 && PartialAcksIn(with) == 0, Times(with));
        await stage.CheckAsync(
            OneEachRtt,
            without.Retransmitted.Length == 3 && PartialAcksIn(without) == 2, Times(without));
        await stage.CheckAsync(
            OnlyLost, IsExact(with) && IsExact(without),
            $"SACK: {Numbers(with.Retransmitted)}; -: {Numbers(without.Retransmitted)}");
        await stage.CheckAsync(
            SameBytes, with is { IsComplete: true, Timeouts: 0 } && without is { IsComplete: true, Timeouts: 0 },
            $"timeouts: {with.Timeouts}, {without.Timeouts}", $"타임아웃: {with.Timeouts}, {without.Timeouts}");
    }

    /// <summary>The partial ACKs between the first retransmission and the last.</summary>
    private static int PartialAcksIn(Run run) => run.Events.Received().Count(one =>
        one.Segment().Meaning.HasFlag(SegmentMeaning.PartialAck)
        && one.Event.Number > run.Retransmitted[0].Event.Number
        && one.Event.Number < run.Retransmitted[^1].Event.Number);

    private static bool IsExact(Run run) =>
        run.Events.Verdicts(LinkVerdictKind.Lost).Select(one => one.Event.Link.Header.Seq)
            .SequenceEqual(run.Retransmitted.Select(one => one.Header().Seq));

    private static string Times(Run run) => string.Join(
        ", ", run.Retransmitted.Select(one => $"+{run.Retransmitted[0].To(one).Milliseconds()}"));

    private static string Numbers(IEnumerable<ExplainedEvent> segments) =>
        string.Join(", ", segments.Select(one => $"seq={one.Header().Seq - one.Iss!.Value}"));

    private sealed record Run(
        IReadOnlyList<ExplainedEvent> Events, ExplainedEvent[] Retransmitted, bool IsComplete, long Timeouts);
}

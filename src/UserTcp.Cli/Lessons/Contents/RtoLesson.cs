using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>The retransmission timeout and its backoff.</summary>
internal sealed class RtoLesson : Lesson
{
    private const int Length = 5 * 1448;
    private const int Timeouts = 3;

    private static readonly Claim Formula = new(
        "The first RTO is SRTT + 4 RTTVAR, but not below the minimum of 200 ms.",
        "첫 RTO는 SRTT + 4 RTTVAR이며, 최솟값 200ms보다 짧지 않다.");

    private static readonly Claim Doubles = new(
        "Each further timeout lasts twice as long: exponential backoff.",
        "타임아웃이 거듭될 때마다 RTO는 두 배가 된다(지수 백오프).");

    private static readonly Claim OneSegment = new(
        "A timeout sets cwnd to one segment, and retransmits only the oldest one.",
        "타임아웃이 일어나면 혼잡 윈도가 세그먼트 하나로 줄고, 가장 오래된 세그먼트만 재전송한다.");

    private static readonly Claim AckEndsIt = new(
        "The ACK of new data ends the backoff, and the RTO is short again.",
        "새 데이터에 대한 ACK가 오면 백오프가 끝나고 RTO는 다시 짧아진다.");

    private static readonly Claim AllArrives = new(
        "All five segments arrive in the end.", "결국 세그먼트 다섯 개가 모두 도착한다.");

    public override string Name => "rto";

    public override Words Title => new(
        "The retransmission timeout, when no ACK comes at all, and its backoff",
        "ACK가 전혀 오지 않을 때의 재전송 타임아웃(RTO)과 백오프");

    public override IReadOnlyList<Claim> Claims => [Formula, OneSegment, Doubles, AckEndsIt, AllArrives];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The sender keeps a smoothed round-trip time (SRTT) and its variation (RTTVAR), and computes from them how "
            + "long to wait for an ACK (RTO). UserTcp sends five segments. The link drops all five, and the first "
            + "two retransmissions too. No ACK "
            + "comes, so nothing but the timer can find the loss. SACK is off here, and with it the tail loss probe "
            + "(TLP), which would ask earlier.",
            "송신 측은 평활화한 왕복 시간(SRTT)과 그 변동(RTTVAR)으로 ACK를 기다릴 시간(RTO)을 계산합니다. UserTcp가 세그먼트 다섯 개를 보냅니다. 링크는 다섯 개를 모두 "
            + "버리고 처음 두 번의 재전송도 버립니다. ACK가 "
            + "오지 않으므로 손실을 알아낼 방법은 타이머뿐입니다. 여기서는 SACK를 껐으므로, 더 일찍 확인해 보는 꼬리 "
            + "손실 프로브(TLP)도 꺼져 있습니다.");
        await stage.AskAsync(new Question(
            new Words(
                "The first timeout comes after 200 ms. After how long does each of the next two come?",
                "첫 타임아웃은 200ms 뒤에 일어납니다. 다음 두 번은 각각 얼마 뒤에 일어날까요?"),
            [Words.Same("200 ms, 200 ms"), Words.Same("400 ms, 600 ms"), Words.Same("400 ms, 800 ms")],
            Right: 2,
            new Words(
                "If the path is congested, a steady stream of retransmissions makes it worse. So each timeout "
                + "doubles the RTO (RFC 6298 section 5.5).",
                "경로가 혼잡하다면 자꾸 보낼수록 더 나빠집니다. 그래서 타임아웃마다 RTO를 두 배로 늘립니다(RFC 6298 5.5절).")));
        await using var network = await stage.StartAsync("drop=data:1-7:from-stack", options =>
        {
            options.Sack = false;
            options.PathMtuProbing = PathMtuProbing.Off;
        });
        var connection = await network.StackOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        var data = Payload.Of(Length);
        await connection.Stack.GetStream().WriteAsync(data, stage.Cancelled);
        var received = await Payload.ReadAsync(connection.Kernel, Length, stage.Cancelled);
        connection.Stack.CompleteWrites();
        await connection.Stack.WritesClosed.WaitAsync(stage.Cancelled);
        await stage.ShowAsync(
            network, tuple, "Five segments, three timeouts.", "세그먼트 다섯 개, 타임아웃 세 번.");
        await CheckAsync(stage, network.Events(tuple));
        await stage.CheckAsync(
            AllArrives, received.AsSpan().SequenceEqual(data), $"{received.Length} bytes", $"{received.Length}바이트");
    }

    private static async Task CheckAsync(LessonStage stage, IReadOnlyList<ExplainedEvent> events)
    {
        var data = events.Sent().WithData();
        var start = data[0].Event.Vitals!.Value;
        var computed = start.Srtt + (4 * start.RttVar);
        await stage.CheckAsync(
            Formula,
            start.Srtt > TimeSpan.Zero && start.Rto >= TimeSpan.FromMilliseconds(200)
                && (computed - start.Rto).Duration() < TimeSpan.FromMilliseconds(5)
                || (computed < start.Rto && (start.Rto - TimeSpan.FromMilliseconds(200)).Duration()
                    < TimeSpan.FromMilliseconds(5)),
            $"SRTT {Micro(start.Srtt)}, RTTVAR {Micro(start.RttVar)}, RTO {start.Rto.Milliseconds()}");
        var timeouts = data.Where(one => one.Segment().Reason == SegmentReason.RetransmissionTimeout)
            .Take(Timeouts).ToArray();
        await stage.CheckAsync(
            OneSegment,
            timeouts.Length == Timeouts && timeouts.All(one => one.Header().Seq == data[0].Header().Seq
                && one.Event.Vitals!.Value is var vitals && vitals.Cwnd <= vitals.SndMss),
            string.Join("; ", timeouts.Select(one =>
                $"seq={one.Header().Seq - one.Iss!.Value} cwnd={one.Event.Vitals!.Value.Cwnd}")));
        var waits = timeouts.Select((one, index) => (index == 0 ? data[0] : timeouts[index - 1]).To(one)).ToArray();
        await stage.CheckAsync(
            Doubles,
            waits.Length == Timeouts && waits.Index().All(one => one.Item >= start.Rto * 0.9 * (1 << one.Index)),
            string.Join(", ", waits.Select(wait => wait.Milliseconds())));
        var before = timeouts.LastOrDefault()?.Event.Vitals;
        var after = events.Received().LastOrDefault(one => one.Segment().Meaning.HasFlag(SegmentMeaning.NewAck))
            ?.Event.Vitals;
        await stage.CheckAsync(
            AckEndsIt, before is { Backoff: > 0 } && after is { Backoff: 0 } && after.Value.Rto < before.Value.Rto,
            $"RTO {before?.Rto.Milliseconds()} (backoff {before?.Backoff}) -> {after?.Rto.Milliseconds()} (backoff "
            + $"{after?.Backoff})");
    }

    private static string Micro(TimeSpan time) => $"{time.TotalMicroseconds:F0} µs";
}

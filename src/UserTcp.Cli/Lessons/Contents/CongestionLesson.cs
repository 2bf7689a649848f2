using System.Globalization;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>The sawtooth of CUBIC and NewReno, BBR beside them, and who gets how much of a shared link.</summary>
internal sealed class CongestionLesson : Lesson
{
    private const int Columns = 48;

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(3);

    private static readonly Claim Sawtooth = new(
        "CUBIC and NewReno: cwnd grows until the queue overflows, falls, and grows again.",
        "CUBIC과 NewReno: 혼잡 윈도는 큐가 넘칠 때까지 커졌다가 줄어들고, 다시 커진다.");

    private static readonly Claim NewRenoHalves = new(
        "NewReno falls to about a half at each loss.", "NewReno는 손실이 일어날 때마다 약 절반으로 줄인다.");

    private static readonly Claim CubicFalls = new(
        "CUBIC falls to about 0.7.", "CUBIC은 약 0.7배로 줄인다.");

    private static readonly Claim BbrQueue = new(
        "BBR keeps the queue shorter: its mean RTT is below those of CUBIC and NewReno.",
        "BBR은 큐를 더 짧게 유지한다. 평균 RTT가 CUBIC이나 NewReno보다 짧다.");

    private static readonly Claim AllFill = new(
        "Each of the three fills the link to 70 % or more.", "셋 다 링크를 70% 이상 채운다.");

    private static readonly Claim Shared = new(
        "Two senders share one bottleneck: each gets a part of it, and together they use most of it.",
        "두 송신자가 병목 하나를 나누어 쓴다. 각자 일부를 얻고, 둘이 합쳐 링크 대부분을 쓴다.");

    public override string Name => "congestion";

    public override Words Title => new(
        "Congestion control: the sawtooth of CUBIC and NewReno, BBR, and two senders on one link",
        "혼잡 제어: CUBIC과 NewReno의 톱니 모양, BBR, 그리고 한 링크를 나누어 쓰는 두 송신자");

    public override IReadOnlyList<Claim> Claims =>
        [Sawtooth, NewRenoHalves, CubicFalls, BbrQueue, AllFill, Shared];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "cwnd, the congestion window, is how much data may be in flight. A link of 10 Mbit/s with a round trip "
            + "of 10 ms holds about 9 segments, and its queue 20 more. UserTcp "
            + "sends as fast as it may for 6 s, with NewReno, with CUBIC and with BBR. This part runs in virtual time, "
            + "with UserTcp at both ends, so that it is the same each time.",
            "cwnd(혼잡 윈도)는 확인 응답 없이 전송 중일 수 있는 데이터의 양입니다. 10Mbit/s, 왕복 10ms의 링크에는 세그먼트가 약 9개 들어가고 큐에 20개가 더 들어갑니다. "
            + "UserTcp가 6초 동안 허용되는 "
            + "만큼 빠르게 보냅니다. NewReno, CUBIC, BBR을 차례로 씁니다. 매번 결과가 같도록 이 부분은 양쪽 모두 UserTcp인 "
            + "가상 시간에서 실행합니다.");
        await stage.AskAsync(new Question(
            new Words(
                "No one tells the sender the rate of the link. How does NewReno find it?",
                "아무도 송신 측에 링크의 속도를 알려 주지 않습니다. NewReno는 어떻게 알아낼까요?"),
            [
                new Words("it sends more and more until something is lost", "무언가 손실될 때까지 점점 더 많이 보낸다"),
                new Words("it measures the rate of the ACKs", "ACK가 오는 속도를 잰다"),
                new Words("the receiver's window says so", "수신 윈도가 알려 준다"),
            ],
            Right: 0,
            new Words(
                "It takes loss for the sign of a full queue, so it has to fill the queue first. BBR measures the rate "
                + "at which ACKs report deliveries instead.",
                "NewReno는 손실을 큐가 가득 찼다는 신호로 보므로 먼저 큐를 채워야 합니다. BBR은 대신 ACK로 전달 속도를 "
                + "잽니다.")));
        SenderRun[] alone =
        [
            Bottleneck.Simulate(CongestionAlgorithm.NewReno, Alone),
            Bottleneck.Simulate(CongestionAlgorithm.Cubic, Alone), Bottleneck.Simulate(CongestionAlgorithm.Bbr, Alone),
        ];
        await ShowAsync(
            stage, new Words("Each alone on the link, for 6 s:", "각각 링크를 혼자 쓸 때(6초):"), alone);
        await CheckAsync(stage, alone[0], alone[1], alone[2]);
        await ShareAsync(stage);
    }

    private static Task ShowAsync(LessonStage stage, Words caption, IEnumerable<SenderRun> runs) =>
        stage.ShowTableAsync(
            caption,
            [
                new Words("sender", "송신자"), new Words("cwnd over the time", "시간에 따른 cwnd"),
                new Words("recoveries", "손실 복구"), new Words("mean SRTT", "평균 SRTT"), new Words("share", "점유율"),
            ],
            [
                .. runs.Select(run => (IReadOnlyList<Words>)
                [
                    Words.Same(Label(run.Algorithm)), Words.Same(run.Curve(Columns)),
                    Words.Same(run.Reductions().Count.ToString(CultureInfo.InvariantCulture)),
                    Words.Same(run.MeanRtt.Milliseconds()), Words.Same(Percent(run.Share)),
                ]),
            ]);

    private static async Task CheckAsync(LessonStage stage, SenderRun newReno, SenderRun cubic, SenderRun bbr)
    {
        var (halves, falls) = (newReno.Reductions(), cubic.Reductions());
        await stage.CheckAsync(
            Sawtooth, halves.Count >= 2 && falls.Count >= 2,
            $"NewReno: {halves.Count}, CUBIC: {falls.Count} recoveries",
            $"손실 복구 NewReno: {halves.Count}, CUBIC: {falls.Count}");
        await stage.CheckAsync(
            NewRenoHalves, Mean(halves) is > 0.4 and < 0.6, Ratios(halves));
        await stage.CheckAsync(CubicFalls, Mean(falls) is > 0.6 and < 0.8, Ratios(falls));
        await stage.CheckAsync(
            BbrQueue, bbr.MeanRtt < cubic.MeanRtt && bbr.MeanRtt < newReno.MeanRtt,
            $"BBR {bbr.MeanRtt.Milliseconds()}, CUBIC {cubic.MeanRtt.Milliseconds()}, NewReno "
            + $"{newReno.MeanRtt.Milliseconds()}");
        SenderRun[] all = [newReno, cubic, bbr];
        await stage.CheckAsync(
            AllFill, all.All(run => run.Share >= 0.7),
            string.Join(", ", all.Select(run => $"{Label(run.Algorithm)} {Percent(run.Share)}")));
    }

    private static async Task ShareAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "Now for real: two senders of UserTcp share such a link to the kernel for 3 s. What one puts into the "
            + "queue makes the other wait as well. Who gets more depends on the two, and on who is first.",
            "이번에는 실제로 실행합니다. UserTcp의 두 송신자가 커널로 가는 같은 링크를 3초 동안 나누어 씁니다. 한쪽이 큐를 "
            + "채우면 다른 쪽도 기다리게 됩니다. 누가 더 많이 얻는지는 두 알고리즘과, 누가 먼저 시작했는지에 달려 있습니다.");
        var pairs = await Task.WhenAll(
            Bottleneck.RunAsync(stage, Together, CongestionAlgorithm.Cubic, CongestionAlgorithm.Cubic),
            Bottleneck.RunAsync(stage, Together, CongestionAlgorithm.Cubic, CongestionAlgorithm.NewReno),
            Bottleneck.RunAsync(stage, Together, CongestionAlgorithm.Cubic, CongestionAlgorithm.Bbr));
        foreach (var pair in pairs)
        {
            var names = $"{Label(pair[0].Algorithm)}, {Label(pair[1].Algorithm)}";
            await ShowAsync(stage, Words.Same($"{names}:"), pair);
        }

        await stage.CheckAsync(
            Shared,
            pairs.All(pair => pair.All(run => run.Share > 0.05) && pair.Sum(run => run.Share) is >= 0.5 and <= 1.05),
            string.Join("; ", pairs.Select(pair =>
                string.Join(" + ", pair.Select(run => $"{Label(run.Algorithm)} {Percent(run.Share)}")))));
    }

    private static double Mean(IReadOnlyList<double> ratios) => ratios.DefaultIfEmpty().Average();

    private static string Ratios(IEnumerable<double> ratios) => string.Join(
        ", ", ratios.Select(ratio => ratio.ToString("F2", CultureInfo.InvariantCulture)));

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:F0} %");

    private static string Label(CongestionAlgorithm algorithm) => algorithm switch
    {
        CongestionAlgorithm.Cubic => "CUBIC",
        CongestionAlgorithm.Bbr => "BBR",
        _ => "NewReno",
    };
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>A hundred numbered lines over UDP, and the same over TCP, on one bad link.</summary>
internal sealed class UdpLesson : Lesson
{
    private const int Lines = 100;
    private const int UdpPort = 2000;

    /// <summary>Chances with a seed: the n-th datagram of the flow has the same fate in each run.</summary>
    private const string Faults = "delay=5ms,loss=6%,dup=5%,reorder=6%,reorderdelay=10ms,seed=11";

    private static readonly Claim TcpWhole = new(
        "Over TCP all 100 lines arrive, each once, in order.",
        "TCP로는 100줄이 모두, 한 번씩, 순서대로 도착한다.");

    private static readonly Claim UdpLosses = new(
        "Over UDP some lines never arrive: nobody retransmits them.",
        "UDP로는 끝내 도착하지 않는 줄이 있다. 아무도 다시 보내지 않는다.");

    private static readonly Claim UdpDoubles = new(
        "Over UDP some lines arrive twice: nothing in a datagram says which one it is.",
        "UDP로는 두 번 도착하는 줄이 있다. 데이터그램에는 몇 번째인지가 적혀 있지 않다.");

    private static readonly Claim UdpOrder = new(
        "Over UDP some lines arrive behind later ones: the receiver gets them as they come.",
        "UDP로는 나중 줄보다 늦게 도착하는 줄이 있다. 수신 측은 온 대로 받는다.");

    private static readonly Claim Price = new(
        "TCP pays with retransmissions, and with data that waits until the hole before it is filled.",
        "TCP는 그 대가로 재전송을 하고, 앞이 빌 때마다 뒤의 데이터를 기다리게 한다.");

    public override string Name => "udp";

    public override Words Title => new(
        "TCP beside UDP on the same link: which of 100 lines arrive, and in which order",
        "같은 링크의 TCP와 UDP: 100줄 중 무엇이 어떤 순서로 도착하는가");

    public override IReadOnlyList<Claim> Claims => [TcpWhole, UdpLosses, UdpDoubles, UdpOrder, Price];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The link loses 6 % of all packets, doubles 5 % and delays 6 % by 10 ms. The kernel sends 100 numbered "
            + "lines to UserTcp, each in a packet of its own: first over UDP, then over TCP.",
            "링크가 패킷의 6%를 잃고, 5%를 복제하고, 6%를 10ms 늦춥니다. 커널이 번호가 붙은 100줄을 UserTcp로 보냅니다. 한 줄이 "
            + "패킷 하나입니다. 먼저 UDP로, 다음에는 TCP로 보냅니다.");
        await stage.AskAsync(new Question(
            new Words(
                "UDP has a checksum, as TCP has. What does the UDP socket of the receiver say about the lost lines?",
                "UDP에도 TCP처럼 체크섬이 있습니다. 수신 측의 UDP 소켓은 손실된 줄에 대해 무엇을 알려 줄까요?"),
            [
                new Words("an error for each lost line", "손실된 줄마다 오류를 알려 준다"),
                new Words("nothing", "아무것도 알려 주지 않는다"),
                new Words("how many lines were lost", "몇 줄이 손실되었는지 알려 준다"),
            ],
            Right: 1,
            new Words(
                "A checksum says that a datagram that has arrived is intact. That one is missing can only be seen by "
                + "numbers, and UDP has none (RFC 768): ours are in the data.",
                "체크섬은 도착한 데이터그램이 온전하다는 것만 보장합니다. 하나가 빠졌다는 것은 번호로만 알 수 있는데 UDP에는 번호가 "
                + "없습니다(RFC 768). 여기서는 데이터 안에 번호를 넣었습니다.")));
        await using var network = await stage.StartAsync(Faults);
        var overUdp = await OverUdpAsync(stage, network);
        var overTcp = await OverTcpAsync(stage, network);
        await ShowAsync(stage, overUdp, overTcp);
        await CheckAsync(stage, overUdp, overTcp, network.Count(Counter.SegmentsReceived));
    }

    private static async Task<int[]> OverUdpAsync(LessonStage stage, LessonNetwork network)
    {
        var here = new IPEndPoint(LessonNetwork.StackAddress, UdpPort);
        await using var receiver = await network.Stack.BindUdpAsync(here, stage.Cancelled);
        var arrived = new ConcurrentQueue<int>();
        var receiving = ReceiveAsync(receiver, arrived);
        var sender = network.NewKernelUdpSocket();
        for (var line = 1; line <= Lines; line++)
            await sender.SendToAsync(BytesOf(line), here, stage.Cancelled);
        await stage.UntilAsync(
            () => IsEmpty(network) && arrived.Count == network.Count(Counter.UdpInDatagrams), "the last datagram");
        await receiver.DisposeAsync();
        await receiving;
        return [.. arrived];
    }

    /// <summary>True when all that was sent has left the link.</summary>
    private static bool IsEmpty(LessonNetwork network)
    {
        var link = network.Link.InboundCounters;
        return link.Packets >= Lines && link.Delivered == link.Packets - link.Lost + link.Duplicated;
    }

    private static async Task ReceiveAsync(UserTcpUdpSocket receiver, ConcurrentQueue<int> arrived)
    {
        var buffer = new byte[64];
        try
        {
            while (true)
            {
                var count = await receiver.ReceiveAsync(buffer);
                arrived.Enqueue(int.Parse(buffer.AsSpan(0, count), CultureInfo.InvariantCulture));
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The lesson has seen enough.
        }
    }

    private static async Task<(int[] Lines, int Retransmissions, int Waiting)> OverTcpAsync(
        LessonStage stage, LessonNetwork network)
    {
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var reading = Payload.ReadToEndAsync(connection.Stack.GetStream(), stage.Cancelled);
        for (var line = 1; line <= Lines; line++)
            await Payload.SendAsync(connection.Kernel, BytesOf(line), stage.Cancelled);
        connection.Kernel.Shutdown(SocketShutdown.Send);
        var text = Encoding.ASCII.GetString(await reading);
        var events = network.Events(connection.Tuple);
        var meanings = events.Received().WithData().Select(one => one.Segment().Meaning).ToArray();
        return (
            [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture))],
            meanings.Count(meaning => meaning.HasFlag(SegmentMeaning.FillsHole)),
            meanings.Count(meaning => meaning.HasFlag(SegmentMeaning.OutOfOrder)));
    }

    private static Task ShowAsync(
        LessonStage stage, int[] overUdp, (int[] Lines, int Retransmissions, int Waiting) overTcp) =>
        stage.ShowTableAsync(
            new Words("What the application has read", "애플리케이션이 읽은 것"),
            [new Words("lines", "줄"), Words.Same("UDP"), Words.Same("TCP")],
            [
                Row("read", "읽음", overUdp.Length, overTcp.Lines.Length),
                Row("never arrived", "도착하지 않음", Missing(overUdp), Missing(overTcp.Lines)),
                Row("arrived twice", "두 번 도착", Doubled(overUdp), Doubled(overTcp.Lines)),
                Row("behind a later line", "나중 줄보다 늦음", Late(overUdp), Late(overTcp.Lines)),
            ]);

    private static async Task CheckAsync(
        LessonStage stage, int[] overUdp, (int[] Lines, int Retransmissions, int Waiting) overTcp, long segments)
    {
        await stage.CheckAsync(
            TcpWhole, overTcp.Lines.SequenceEqual(Enumerable.Range(1, Lines)),
            $"{overTcp.Lines.Length} lines of {segments} segments", $"세그먼트 {segments}개에서 {overTcp.Lines.Length}줄");
        var missing = Enumerable.Range(1, Lines).Except(overUdp).ToArray();
        await stage.CheckAsync(
            UdpLosses, missing.Length > 0,
            $"missing: {string.Join(", ", missing)}", $"없는 줄: {string.Join(", ", missing)}");
        await stage.CheckAsync(
            UdpDoubles, Doubled(overUdp) > 0, $"twice: {Doubled(overUdp)}", $"두 번 온 줄: {Doubled(overUdp)}");
        await stage.CheckAsync(
            UdpOrder, Late(overUdp) > 0, $"late: {Late(overUdp)}", $"늦은 줄: {Late(overUdp)}");
        await stage.CheckAsync(
            Price, overTcp is { Retransmissions: > 0, Waiting: > 0 },
            $"segments that waited behind a hole: {overTcp.Waiting}; holes filled: {overTcp.Retransmissions}",
            $"빈 구간 뒤에서 기다린 세그먼트: {overTcp.Waiting}; 채워진 빈 구간: {overTcp.Retransmissions}");
    }

    private static IReadOnlyList<Words> Row(string english, string korean, int udp, int tcp) =>
    [
        new Words(english, korean),
        Words.Same(udp.ToString(CultureInfo.InvariantCulture)),
        Words.Same(tcp.ToString(CultureInfo.InvariantCulture)),
    ];

    private static byte[] BytesOf(int line) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{line}\n"));

    private static int Missing(int[] lines) => Lines - lines.Distinct().Count();

    private static int Doubled(int[] lines) => lines.Length - lines.Distinct().Count();

    /// <summary>Lines whose first arrival is behind that of a later line.</summary>
    private static int Late(int[] lines)
    {
        var (late, max) = (0, 0);
        foreach (var line in lines.Distinct())
        {
            if (line < max)
                late++;
            max = Math.Max(max, line);
        }

        return late;
    }
}

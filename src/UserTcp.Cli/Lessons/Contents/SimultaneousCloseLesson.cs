using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>Both ends close before they hear of each other.</summary>
internal sealed class SimultaneousCloseLesson : Lesson
{
    private static readonly Claim Crossed = new(
        "The FINs cross: neither acknowledges the other.",
        "두 FIN이 서로 엇갈린다. 어느 쪽도 상대의 FIN을 확인하지 않은 채 보내진다.");

    private static readonly Claim BothClosing = new(
        "Both ends go through CLOSING: the peer's FIN has come, the ACK of their own has not.",
        "양쪽 모두 CLOSING을 거친다. 상대의 FIN은 왔지만 자신의 FIN에 대한 ACK는 아직 오지 않은 상태이다.");

    private static readonly Claim BothWait = new(
        "Both ends wait in TIME-WAIT: each has closed first.",
        "양쪽 모두 TIME-WAIT에서 기다린다. 둘 다 먼저 닫은 쪽이기 때문이다.");

    private static readonly Claim Four = new(
        "Four segments are enough here too, but in another order: FIN, FIN, ACK, ACK.",
        "이 경우에도 세그먼트는 네 개이지만 순서가 다르다: FIN, FIN, ACK, ACK.");

    public override string Name => "simultaneous-close";

    public override Words Title => new(
        "Simultaneous close: the FINs cross, and both ends are in CLOSING",
        "동시 닫기: 두 FIN이 엇갈리고 양쪽 모두 CLOSING 상태가 된다");

    public override IReadOnlyList<Claim> Claims => [Crossed, BothClosing, BothWait, Four];

    public override async Task PlayAsync(LessonStage stage)
    {
        await stage.SayAsync(
            "The link takes 100 ms in each direction. Both applications close within a few milliseconds, so each FIN "
            + "is under way when the other one is sent.",
            "링크는 방향마다 100ms가 걸립니다. 두 애플리케이션이 몇 밀리초 간격으로 닫으므로, 한쪽 FIN이 가는 도중에 "
            + "다른 쪽도 FIN을 보냅니다.");
        await stage.AskAsync(new Question(
            new Words(
                "Both have closed \"first\". How many ends wait in TIME-WAIT?",
                "둘 다 \"먼저\" 닫았습니다. TIME-WAIT에서 기다리는 쪽은 몇일까요?"),
            [new Words("none", "없다"), new Words("one", "한쪽"), new Words("both", "양쪽 모두")],
            Right: 2,
            new Words(
                "Each has sent the ACK of the other's FIN, and that ACK may be lost: so each has to be there to repeat "
                + "it.",
                "둘 다 상대의 FIN에 ACK를 보냈고 그 ACK는 손실될 수 있습니다. 그래서 둘 다 다시 보낼 수 있도록 남아 "
                + "있어야 합니다.")));
        await using var network = await stage.StartAsync("delay=100ms");
        var connection = await network.KernelOpensAsync(stage.Cancelled);
        var tuple = connection.Tuple;
        connection.Stack.CompleteWrites();
        await stage.UntilAsync(() => network.Events(tuple).Sent(TcpFlags.Fin).Length > 0, "UserTcp's FIN");
        connection.Kernel.Shutdown(SocketShutdown.Send);
        await Task.WhenAll(connection.Stack.ReadsClosed, connection.Stack.WritesClosed).WaitAsync(stage.Cancelled);
        await stage.UntilAsync(
            () => network.KernelState(tuple) == TcpState.TimeWait && network.StackState(tuple) == TcpState.TimeWait,
            "TIME-WAIT at both ends");
        var events = network.Events(tuple);
        await stage.ShowAsync(network, tuple, "Both ends close at once.", "양쪽이 동시에 닫습니다.");

        var (ours, theirs) = (events.Sent(TcpFlags.Fin)[0], events.Received(TcpFlags.Fin)[0]);
        await stage.CheckAsync(
            Crossed, ours.Header().Ack == theirs.Header().Seq && theirs.Header().Ack == ours.Header().Seq,
            $"FIN {ours.Header().Seq} ACK {ours.Header().Ack}; FIN {theirs.Header().Seq} ACK {theirs.Header().Ack}");
        var (own, kernel) = (events.OwnStates(), events.KernelStates());
        await stage.CheckAsync(
            BothClosing, own.Contains(TcpState.Closing) && kernel.Contains(TcpState.Closing),
            $"UserTcp: {own.Names()}; Linux: {kernel.Names()}");
        await stage.CheckAsync(
            BothWait, network.StackState(tuple) == TcpState.TimeWait && network.KernelState(tuple) == TcpState.TimeWait,
            $"UserTcp: {Evidence.NameOf(network.StackState(tuple))}, "
            + $"Linux: {Evidence.NameOf(network.KernelState(tuple))}");
        var closing = events.Segments().SkipWhile(one => !one.Has(TcpFlags.Fin)).ToArray();
        await stage.CheckAsync(
            Four,
            closing is [_, _, _, _] && closing[0].Has(TcpFlags.Fin) && closing[1].Has(TcpFlags.Fin)
                && closing[2].IsPureAck() && closing[3].IsPureAck(),
            closing.Arrows());
    }
}

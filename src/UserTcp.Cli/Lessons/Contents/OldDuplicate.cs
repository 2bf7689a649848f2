using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons.Contents;

/// <summary>How a run of <see cref="OldDuplicate"/> differs from the others.</summary>
/// <param name="Msl">MSL of UserTcp, whose end waits in TIME-WAIT; a millisecond is none.</param>
/// <param name="Timestamps">Both ends use timestamps.</param>
/// <param name="RepeatsIsn">The client starts from the same ISN twice; else the kernel chooses.</param>
/// <param name="Greeting">Bytes that the server sends first in each connection.</param>
internal sealed record OldDuplicateSetting(
    TimeSpan Msl, bool Timestamps = false, bool RepeatsIsn = true, int Greeting = OldDuplicate.GreetingLength);

/// <summary>What a run of <see cref="OldDuplicate"/> has seen.</summary>
/// <param name="Received">What the second connection's server has read.</param>
/// <param name="Events">The events of both connections.</param>
/// <param name="Late">The arrival of the old segment; null when the machine was too busy for the run.</param>
internal sealed record OldDuplicateRun(string Received, IReadOnlyList<ExplainedEvent> Events, ExplainedEvent? Late);

/// <summary>
/// Two connections with the same addresses and ports. The link holds a segment of the first one until the second one is
/// under way.
/// </summary>
internal static class OldDuplicate
{
    public const string Right = "new-1 new-2 new-3 ";
    public const string Wrong = "new-1 old-2 new-3 ";
    public const int ClientPort = 40_000;

    /// <summary>
    /// More than UserTcp's clock of ISNs advances between the two connections: 250 in a millisecond.
    /// </summary>
    public const int GreetingLength = 60_000;

    private const int MessageLength = 6;
    private const uint Isn = 1_000_000;
    private const int Tries = 8;

    public static FourTuple Tuple => LessonNetwork.Tuple(LessonNetwork.Port, ClientPort);

    /// <summary>
    /// Runs it. The second connection has to begin while the segment is held, and before the server's ISN has advanced
    /// by more than the greeting. On a machine that is too busy for that, it is tried again.
    /// </summary>
    public static async Task<(LessonNetwork Network, OldDuplicateRun Run)> RunAsync(
        LessonStage stage, OldDuplicateSetting setting)
    {
        for (var i = 1; ; i++)
        {
            var network = await stage.StartAsync("hold=data:2:to-stack:300ms", options =>
            {
                options.MaxSegmentLifetime = setting.Msl;
                options.Timestamps = setting.Timestamps;
            });
            var run = await RunOnceAsync(stage, network, setting);
            if (run.Late is not null || i == Tries)
                return (network, run);
            await network.DisposeAsync();
        }
    }

    private static async Task<OldDuplicateRun> RunOnceAsync(
        LessonStage stage, LessonNetwork network, OldDuplicateSetting setting)
    {
        await using var listener = await network.ListenAsync(stage.Cancelled);
        await FirstAsync(stage, network, listener, setting);
        var client = Client(network, setting);
        var opening = client.ConnectAsync(listener.LocalEndPoint, stage.Cancelled);
        await using var server = await listener.AcceptConnectionAsync(stage.Cancelled);
        await opening;
        await GreetAsync(stage, client, server, setting);
        var reading = Payload.ReadToEndAsync(server.GetStream(), stage.Cancelled);
        await SendAsync(stage, network, client, "new-1 ");
        await stage.UntilAsync(() => Arrivals(network, "old-2 ").Length == 2, "the held segment");
        await SendAsync(stage, network, client, "new-2 ");
        await SendAsync(stage, network, client, "new-3 ");
        client.Shutdown(SocketShutdown.Send);
        var received = Encoding.ASCII.GetString(await reading);
        var late = Arrivals(network, "old-2 ")[1];
        var events = network.Events(Tuple);
        var isLate = late.Event.Number > events.Received(TcpFlags.Syn)[1].Event.Number;
        var answers = events.Sent(TcpFlags.Syn);
        var isSoon = setting.Greeting == 0 || setting.Msl > TimeSpan.FromSeconds(1)
            || answers[^1].Header().Seq - answers[0].Header().Seq < setting.Greeting;
        return new OldDuplicateRun(received, events, isLate && isSoon ? late : null);
    }

    /// <summary>The first connection: its second segment is held, and retransmitted.</summary>
    private static async Task FirstAsync(
        LessonStage stage, LessonNetwork network, UserTcpListener listener, OldDuplicateSetting setting)
    {
        var client = Client(network, setting);
        await client.ConnectAsync(listener.LocalEndPoint, stage.Cancelled);
        var server = await listener.AcceptConnectionAsync(stage.Cancelled);
        await GreetAsync(stage, client, server, setting);
        await SendAsync(stage, network, client, "old-1 ");
        await client.SendAsync("old-2 "u8.ToArray(), stage.Cancelled);
        await stage.UntilAsync(
            () => network.Events(Tuple).Verdicts(LinkVerdictKind.Held).Length == 1, "the segment to hold");
        // Three segments behind the hole: the client retransmits without a timer.
        foreach (var message in new[] { "old-3 ", "old-4 ", "old-5 " })
            await SendAsync(stage, network, client, message);
        var data = new byte[5 * MessageLength];
        await server.GetStream().ReadExactlyAsync(data, stage.Cancelled);
        // The server closes first: it is its end that waits in TIME-WAIT.
        await server.DisposeAsync();
        await Payload.ReadToEndAsync(client, stage.Cancelled);
        client.Dispose();
        await stage.UntilAsync(
            () => network.KernelState(Tuple) is null
                && network.StackState(Tuple) is null or TcpState.TimeWait,
            "the end of the first connection");
        if (setting.Msl < TimeSpan.FromSeconds(1))
            await stage.UntilAsync(() => network.StackState(Tuple) is null, "the end of TIME-WAIT");
    }

    private static async Task GreetAsync(
        LessonStage stage, Socket client, UserTcpConnection server, OldDuplicateSetting setting)
    {
        await server.GetStream().WriteAsync(Payload.Of(setting.Greeting), stage.Cancelled);
        await Payload.ReadAsync(client, setting.Greeting, stage.Cancelled);
    }

    /// <summary>Sends a message, and waits for the segment with it to arrive.</summary>
    private static async Task SendAsync(LessonStage stage, LessonNetwork network, Socket client, string message)
    {
        var before = network.Events(Tuple).Received().WithData().Length;
        await client.SendAsync(Encoding.ASCII.GetBytes(message), stage.Cancelled);
        await stage.UntilAsync(
            () => network.Events(Tuple).Received().WithData().Length > before, $"the segment with {message}");
    }

    /// <summary>
    /// The segments at the place of the second message of the first connection: the retransmission, then the held one.
    /// </summary>
    private static ExplainedEvent[] Arrivals(LessonNetwork network, string message)
    {
        var data = network.Events(Tuple).Received().WithData();
        return [.. data.Where(one => one.Header().Seq == data[0].Header().Seq + message.Length)];
    }

    private static Socket Client(LessonNetwork network, OldDuplicateSetting setting)
    {
        var socket = network.NewKernelSocket(ClientPort);
        if (setting.RepeatsIsn)
            StartFrom(socket, Isn);
        return socket;
    }

    /// <summary>
    /// Makes a kernel socket that is not connected start from an ISN of choice, by TCP_REPAIR (linux/tcp.h).
    /// </summary>
    private static void StartFrom(Socket socket, uint isn)
    {
        const int Repair = 19;
        const int RepairQueue = 20;
        const int QueueSequence = 21;
        const uint SendQueue = 2;
        const uint OffWithoutProbe = uint.MaxValue;
        Set(Repair, 1);
        Set(RepairQueue, SendQueue);
        Set(QueueSequence, isn);
        Set(Repair, OffWithoutProbe);

        void Set(int option, uint value)
        {
            var octets = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
            socket.SetRawSocketOption((int)ProtocolType.Tcp, option, octets);
        }
    }
}

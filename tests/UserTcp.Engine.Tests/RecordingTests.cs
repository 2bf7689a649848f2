using System.Buffers.Binary;
using System.Reflection;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Engine.Recording;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests;

/// <summary>A recorder gets every call that changes an engine (docs/decisions/0054).</summary>
public class RecordingTests
{
    private static readonly MonotonicTime Now = new(TimeSpan.TicksPerSecond);

    /// <summary>
    /// Members that change nothing which a frame or an event shows. A question may unpark a connection, which has no
    /// effect. <see cref="TcpEngine.TryLookForIdle"/> moves the pass over idle connections on, and what it finds comes
    /// back as <see cref="TcpEngine.TryPark"/>. <see cref="TcpEngine.TryDequeueFault"/> dequeues a report.
    /// </summary>
    private static readonly HashSet<string> Questions =
    [
        "get_Counters", "get_Share", "get_Addresses", "get_Observer", "set_Observer", "get_Recorder", "set_Recorder",
        "get_ConnectionCount", "get_OrphanCount", "get_MemoryHeld", "get_MemoryState", "get_TimeWaitCount",
        "get_TimerCount", "get_NextDeadline", "get_NextParking", "get_UnparkedCount",
        "get_UdpEndpointCount",
        nameof(TcpEngine.ShareOf), nameof(TcpEngine.TryDequeueFault), nameof(TcpEngine.TryLookForIdle),
        nameof(TcpEngine.GetConnections), nameof(TcpEngine.GetSnapshot), nameof(TcpEngine.GetSnapshots),
        nameof(TcpEngine.GetFastOpenRoom), nameof(TcpEngine.IsAcknowledged), nameof(TcpEngine.GetTimeouts),
        nameof(TcpEngine.IsSilent), nameof(TcpEngine.IsRead), nameof(TcpEngine.GetReceiveBufferSize),
        nameof(TcpEngine.GetSendBufferSize), nameof(TcpEngine.GetSmoothedRtt), nameof(TcpEngine.ReportMissedEvents),
    ];

    /// <summary>Calls each method that is an input.</summary>
    private static readonly Dictionary<string, Action<Bench>> Inputs = new()
    {
        [nameof(TcpEngine.OnFrame)] = static bench => bench.Engine.OnFrame(bench.Block(), Now),
        [nameof(TcpEngine.OnTimer)] = static bench => bench.Engine.OnTimer(Now),
        [nameof(TcpEngine.TryEmit)] = static bench => bench.Engine.TryEmit(
            new byte[TcpEngine.MaxHeaderLength], Now, out _),
        [nameof(TcpEngine.TryDequeueEvent)] = static bench =>
        {
            bench.Engine.Abort(bench.Connection, Now);
            bench.Journal.Entries.Clear();
            Assert.True(bench.Engine.TryDequeueEvent(out _));
        },
        [nameof(TcpEngine.ShareMemory)] = static bench => bench.Engine.ShareMemory(1, 1 << 30),
        [nameof(TcpEngine.CountLostWrite)] = static bench => bench.Engine.CountLostWrite(),
        [nameof(TcpEngine.CountLostHandOver)] = static bench => bench.Engine.CountLostHandOver(),
        [nameof(TcpEngine.Listen)] = static bench => bench.Engine.Listen(
            bench.Address, new Port(81), null, ConnectionOptions.Default, out _),
        [nameof(TcpEngine.TryAccept)] = static bench => bench.Engine.TryAccept(bench.Listener, out _),
        [nameof(TcpEngine.CloseListener)] = static bench => bench.Engine.CloseListener(bench.Listener, Now),
        [nameof(TcpEngine.Open)] = static bench => bench.Open(2),
        [nameof(TcpEngine.Send)] = static bench => bench.Engine.Send(bench.Connection, bench.Block(), Now),
        [nameof(TcpEngine.Receive)] = static bench => bench.Engine.Receive(bench.Connection),
        [nameof(TcpEngine.Consumed)] = static bench => bench.Engine.Consumed(bench.Connection, 1, Now),
        [nameof(TcpEngine.DequeueAcknowledged)] = static bench => bench.Engine.DequeueAcknowledged(bench.Connection),
        [nameof(TcpEngine.Shutdown)] = static bench => bench.Engine.Shutdown(bench.Connection, Now),
        [nameof(TcpEngine.Close)] = static bench => bench.Engine.Close(bench.Connection, Now),
        [nameof(TcpEngine.Abort)] = static bench => bench.Engine.Abort(bench.Connection, Now),
        [nameof(TcpEngine.ResetForMemory)] = static bench => bench.Engine.ResetForMemory(bench.Connection, Now),
        [nameof(TcpEngine.SetOptions)] = static bench => bench.Engine.SetOptions(
            bench.Connection, ConnectionOptions.Default, Now),
        [nameof(TcpEngine.SetUrgent)] = static bench => bench.Engine.SetUrgent(bench.Connection, Now),
        [nameof(TcpEngine.TryPark)] = static bench => bench.Engine.TryPark(bench.Connection),
        [nameof(TcpEngine.ReportFault)] = static bench => bench.Engine.ReportFault(
            bench.Connection, new InvalidOperationException(), Now),
        [nameof(TcpEngine.BindUdp)] = static bench => bench.Engine.BindUdp(
            bench.Address, new Port(53), UdpFlags.None, out _),
        [nameof(TcpEngine.ConnectUdp)] = static bench => bench.Engine.ConnectUdp(bench.Endpoint, bench.Peer),
        [nameof(TcpEngine.SendDatagram)] = static bench => bench.Engine.SendDatagram(
            bench.Endpoint, bench.Peer, bench.Block(), Now),
        [nameof(TcpEngine.ReceiveDatagrams)] = static bench => bench.Engine.ReceiveDatagrams(bench.Endpoint),
        [nameof(TcpEngine.CloseUdp)] = static bench => bench.Engine.CloseUdp(bench.Endpoint),
        [nameof(TcpEngine.Dispose)] = static bench => bench.Engine.Dispose(),
    };

    [Fact]
    public void Every_member_is_a_question_or_an_input()
    {
        var members = typeof(TcpEngine)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(method => method.Name).Distinct();

        Assert.Equal(
            Questions.Concat(Inputs.Keys).Order(StringComparer.Ordinal), members.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_recorder_gets_every_input()
    {
        foreach (var (name, call) in Inputs)
        {
            var bench = new Bench();
            bench.Journal.Entries.Clear();

            call(bench);

            Assert.True(bench.Journal.Entries.Count > 0, name);
            Assert.Equal(Expected(name), bench.Journal.Entries[0]);
        }
    }

    [Fact]
    public void Results_follow_their_calls()
    {
        var bench = new Bench();

        Assert.Equal(
            ["OnListen", "OnListening", "OnBindUdp", "OnBound", "OnOpen", "OnConnection"], bench.Journal.Entries);
    }

    [Fact]
    public void A_frame_of_another_engine_is_reported_as_such()
    {
        var journal = new Journal();
        var pool = new LocalBlockPool();
        var pair = Enumerable.Range(0, 2).Select(index => new TcpEngine(
            new EngineOptions(), TestHost.Keys(1), new LinkProperties(1500, ChecksumOffload: true),
            [IpAddress.FromIPv4(0xC612_0002)], pool, share: new EngineShare(index, 2))
        {
            Recorder = journal,
        }).ToArray();
        var frame = pool.Rent();
        frame.Append(Syn());

        var owners = pair.Select(engine =>
        {
            engine.OnFrame(frame, Now, out var owner);
            return owner;
        }).ToArray();

        Assert.Equal(owners[0], owners[1]);
        Assert.Equal(["OnFrame", "OnFrame", "OnFrameNotOwned"], journal.Entries.Order(StringComparer.Ordinal));
    }

    private static string Expected(string name) => name switch
    {
        nameof(TcpEngine.TryEmit) => "OnEmit",
        nameof(TcpEngine.TryDequeueEvent) => "OnEventDequeued",
        nameof(TcpEngine.ShareMemory) => "OnShareMemory",
        nameof(TcpEngine.CountLostWrite) or nameof(TcpEngine.CountLostHandOver) => "OnLostFrame",
        nameof(TcpEngine.TryAccept) => "OnAccept",
        nameof(TcpEngine.ReportFault) => "OnFault",
        nameof(TcpEngine.TryPark) => "OnCall Park",
        nameof(TcpEngine.Receive) or nameof(TcpEngine.DequeueAcknowledged) or nameof(TcpEngine.Shutdown)
            or nameof(TcpEngine.Close) or nameof(TcpEngine.Abort) or nameof(TcpEngine.ResetForMemory)
            or nameof(TcpEngine.SetUrgent) => $"OnCall {name}",
        _ => name.StartsWith("On", StringComparison.Ordinal) ? name : $"On{name}",
    };

    private static byte[] Syn()
    {
        var frame = new byte[40];
        (frame[0], frame[3], frame[8], frame[9]) = (0x45, 40, 64, (byte)IpProtocol.Tcp);
        IpAddress.FromIPv4(0xC612_0001).Write(frame.AsSpan(12));
        IpAddress.FromIPv4(0xC612_0002).Write(frame.AsSpan(16));
        var sum = InternetChecksum.Compute(frame.AsSpan(0, 20));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), sum);
        (frame[21], frame[23], frame[32], frame[33]) = (99, 80, 0x50, (byte)TcpFlags.Syn);
        return frame;
    }

    /// <summary>A recorded engine with a listener, a UDP endpoint, and a connection in SYN-SENT.</summary>
    private sealed class Bench
    {
        private readonly LocalBlockPool _pool = new();

        public Bench()
        {
            Engine = new TcpEngine(
                new EngineOptions(), TestHost.Keys(1), new LinkProperties(1500), [Address], _pool)
            {
                Recorder = Journal,
            };
            Engine.Listen(Address, new Port(80), null, ConnectionOptions.Default, out var listener);
            Listener = listener!;
            Engine.BindUdp(Address, new Port(9), UdpFlags.None, out var endpoint);
            Endpoint = endpoint!;
            Connection = Open(1);
        }

        public IpAddress Address { get; } = IpAddress.FromIPv4(0xC612_0002);

        public Journal Journal { get; } = new();

        public TcpEngine Engine { get; }

        public Listener Listener { get; }

        public UdpEndpoint Endpoint { get; }

        public UdpPeer Peer { get; } = new(IpAddress.FromIPv4(0xC612_0001), new Port(7));

        public Tcb Connection { get; }

        public Tcb Open(ushort port)
        {
            Engine.Open(
                null, default, IpAddress.FromIPv4(0xC612_0001), new Port(port), ConnectionOptions.Default, Now,
                out var connection);
            return connection!;
        }

        public Block Block()
        {
            var block = _pool.Rent();
            block.Append("data"u8);
            return block;
        }
    }

    private sealed class Journal : IEngineRecorder
    {
        public List<string> Entries { get; } = [];

        public void OnFrame(Block frame, MonotonicTime now) => Entries.Add(nameof(OnFrame));

        public void OnFrameNotOwned() => Entries.Add(nameof(OnFrameNotOwned));

        public void OnTimer(MonotonicTime now) => Entries.Add(nameof(OnTimer));

        public void OnEmit(MonotonicTime now) => Entries.Add(nameof(OnEmit));

        public void OnEmitted(in Emission emission) => Entries.Add(nameof(OnEmitted));

        public void OnEventDequeued(in EngineEvent engineEvent) => Entries.Add(nameof(OnEventDequeued));

        public void OnShareMemory(long elsewhere, long limit) => Entries.Add(nameof(OnShareMemory));

        public void OnListen(
            IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, ListenFlags flags) =>
            Entries.Add(nameof(OnListen));

        public void OnListening(Listener listener) => Entries.Add(nameof(OnListening));

        public void OnAccept(Listener listener) => Entries.Add(nameof(OnAccept));

        public void OnCloseListener(Listener listener, MonotonicTime now) => Entries.Add(nameof(OnCloseListener));

        public void OnOpen(
            IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort,
            ConnectionOptions options, MonotonicTime now) => Entries.Add(nameof(OnOpen));

        public void OnConnection(Tcb connection) => Entries.Add(nameof(OnConnection));

        public void OnSend(Tcb connection, Block first, MonotonicTime now) => Entries.Add(nameof(OnSend));

        public void OnConsumed(Tcb connection, int bytes, MonotonicTime now) => Entries.Add(nameof(OnConsumed));

        public void OnSetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now) =>
            Entries.Add(nameof(OnSetOptions));

        public void OnCall(RecordedCall call, Tcb connection, MonotonicTime? now) =>
            Entries.Add($"{nameof(OnCall)} {call}");

        public void OnBindUdp(IpAddress localAddress, Port localPort, UdpFlags flags) => Entries.Add(nameof(OnBindUdp));

        public void OnBound(UdpEndpoint endpoint) => Entries.Add(nameof(OnBound));

        public void OnConnectUdp(UdpEndpoint endpoint, UdpPeer peer) => Entries.Add(nameof(OnConnectUdp));

        public void OnSendDatagram(UdpEndpoint endpoint, UdpPeer peer, Block data, MonotonicTime now) =>
            Entries.Add(nameof(OnSendDatagram));

        public void OnReceiveDatagrams(UdpEndpoint endpoint) => Entries.Add(nameof(OnReceiveDatagrams));

        public void OnCloseUdp(UdpEndpoint endpoint) => Entries.Add(nameof(OnCloseUdp));

        public void OnFault(Tcb? connection, Exception fault, MonotonicTime now) => Entries.Add(nameof(OnFault));

        public void OnLostFrame(bool isHandOver) => Entries.Add(nameof(OnLostFrame));

        public void OnDispose() => Entries.Add(nameof(OnDispose));
    }
}

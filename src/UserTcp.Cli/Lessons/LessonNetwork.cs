using System.Net;
using System.Net.Sockets;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Hosting;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;
using UserTcp.Impairment;
using UserTcp.Tun;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons;

/// <summary>
/// A network namespace of its own, with a new kernel TCP on one end of a TUN link and a new stack on the other: nothing
/// in it remembers a peer. Disposal removes it with all sockets.
/// </summary>
internal sealed class LessonNetwork : IAsyncDisposable
{
    public const int Port = 7;

    public static readonly IPAddress KernelAddress = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress StackAddress = IPAddress.Parse("198.18.0.2");

    /// <summary>More than a flood and its honest client make.</summary>
    private const int MaxConversations = 256;

    /// <summary>A few seconds at 10 Mbit/s.</summary>
    private const int MaxEvents = 20_000;

    private readonly NetworkNamespace _namespace;
    private readonly KernelStates _states;
    private readonly KernelConnections _kernel;
    private readonly Ladder _ladder;
    private readonly List<IDisposable> _sockets = [];

    private LessonNetwork(
        NetworkNamespace space, KernelStates states, KernelConnections kernel, Ladder ladder, UserTcpStack stack,
        ImpairedDevice link)
    {
        (_namespace, _states, _kernel, _ladder) = (space, states, kernel, ladder);
        (Stack, Link) = (stack, link);
    }

    public UserTcpStack Stack { get; }

    public ImpairedDevice Link { get; }

    /// <summary>The connections that were seen, in order of their first segment.</summary>
    public IReadOnlyList<FourTuple> Conversations => _ladder.Conversations;

    /// <summary>Starts the network.</summary>
    /// <param name="impair">What the link does in both directions.</param>
    /// <param name="configure">Changes the options of the engine.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<LessonNetwork> StartAsync(
        string impair, Action<EngineOptions>? configure, CancellationToken cancellationToken)
    {
        var ladder = new Ladder(MaxConversations, MaxEvents);
        var (space, states, kernel, device) = NetworkNamespace.OnNewThread(() => Make(ladder));
        var engine = new EngineOptions();
        configure?.Invoke(engine);
        var link = new ImpairedDevice(device, LinkImpairment.Parse(impair));
        try
        {
            var stack = await UserTcpStack.StartAsync(
                new UserTcpStackOptions
                {
                    Device = link,
                    Addresses = [StackAddress],
                    Engine = engine,
                    Observer = states,
                    ShutdownTimeout = TimeSpan.Zero,
                },
                cancellationToken);
            return new LessonNetwork(space, states, kernel, ladder, stack, link);
        }
        catch
        {
            states.Dispose();
            kernel.Dispose();
            space.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens and closes connections in a network that is removed at once. The code is compiled then, so that the times
    /// of a lesson are those of the network.
    /// </summary>
    public static async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        await using var network = await StartAsync("delay=1ms,drop=data:2", configure: null, cancellationToken);
        var data = Payload.Of(10_000);
        LessonConnection[] connections =
            [await network.KernelOpensAsync(cancellationToken), await network.StackOpensAsync(cancellationToken)];
        foreach (var connection in connections)
        {
            await connection.Stack.GetStream().WriteAsync(data, cancellationToken);
            await Payload.SendAsync(connection.Kernel, data, cancellationToken);
            connection.Stack.CompleteWrites();
            connection.Kernel.Shutdown(SocketShutdown.Send);
            await Payload.ReadToEndAsync(connection.Kernel, cancellationToken);
            await Payload.ReadToEndAsync(connection.Stack.GetStream(), cancellationToken);
            network.Events(connection.Tuple);
        }
    }

    /// <summary>The connection between a port of the stack and one of the kernel.</summary>
    public static FourTuple Tuple(int stackPort, int kernelPort) => new(
        IpAddress.From(StackAddress), new Port((ushort)stackPort),
        IpAddress.From(KernelAddress), new Port((ushort)kernelPort));

    /// <summary>The explained events of a connection so far.</summary>
    public IReadOnlyList<ExplainedEvent> Events(FourTuple conversation) => _ladder.Events(conversation);

    /// <summary>What the kernel says of its end of a connection; null when it has none.</summary>
    public TcpState? KernelState(FourTuple conversation) => _kernel.GetState(conversation.Reverse);

    /// <summary>The state of the stack's end; null when it has none.</summary>
    public TcpState? StackState(FourTuple conversation) =>
        Stack.GetConnections().FirstOrDefault(one => one.Tuple == conversation)?.State;

    public long Count(Counter counter) => Stack.GetCounters()[counter];

    /// <summary>A listener of the stack.</summary>
    public ValueTask<UserTcpListener> ListenAsync(
        CancellationToken cancellationToken, int port = Port) =>
        Stack.ListenAsync(
            new UserTcpListenerOptions { ListenEndPoint = new IPEndPoint(StackAddress, port), NoDelay = true },
            cancellationToken);

    /// <summary>A TCP socket of the kernel.</summary>
    public Socket NewKernelSocket(int port = 0)
    {
        var socket = Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.NoDelay = true;
        if (port > 0)
            socket.Bind(new IPEndPoint(KernelAddress, port));
        return socket;
    }

    /// <summary>A UDP socket of the kernel.</summary>
    public Socket NewKernelUdpSocket()
    {
        var socket = Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(KernelAddress, 0));
        return socket;
    }

    /// <summary>Opens a connection from the kernel to a listener of the stack.</summary>
    public async Task<LessonConnection> KernelOpensAsync(
        CancellationToken cancellationToken, Action<Socket>? prepare = null)
    {
        await using var listener = await ListenAsync(cancellationToken);
        var socket = NewKernelSocket();
        prepare?.Invoke(socket);
        await socket.ConnectAsync(listener.LocalEndPoint, cancellationToken);
        return Connection(socket, await listener.AcceptConnectionAsync(cancellationToken));
    }

    /// <summary>Opens a connection from the stack to a listener of the kernel.</summary>
    public async Task<LessonConnection> StackOpensAsync(
        CancellationToken cancellationToken, Action<Socket>? prepare = null, CongestionAlgorithm? congestion = null)
    {
        using var listener = NewKernelSocket();
        prepare?.Invoke(listener);
        listener.Bind(new IPEndPoint(KernelAddress, 0));
        listener.Listen();
        var options = new UserTcpConnectionOptions
        {
            RemoteEndPoint = listener.LocalEndPoint!,
            NoDelay = true,
            CongestionControl = congestion,
        };
        var connection = await Stack.ConnectAsync(options, cancellationToken);
        return Connection(await Keep(listener.AcceptAsync(cancellationToken).AsTask()), connection);
    }

    /// <summary>The two ends of an open connection.</summary>
    public static LessonConnection Connection(Socket kernel, UserTcpConnection stack) =>
        new(kernel, stack, Tuple(stack.LocalEndPoint.Port, stack.RemoteEndPoint.Port));

    /// <summary>
    /// Sends a segment to the stack with a source address and port of choice: a raw socket of the kernel's end.
    /// </summary>
    public void Forge(IPAddress source, in TcpHeader header)
    {
        var packet = new byte[IpHeader.IPv4Length + TcpHeader.MinLength];
        var (from, to) = (IpAddress.From(source), IpAddress.From(StackAddress));
        var tcp = packet.AsSpan(IpHeader.IPv4Length);
        header.Write(tcp, default);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(from, to, IpProtocol.Tcp, tcp.Length);
        sum.Add(tcp);
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        IpHeader.Write(packet, from, to, IpProtocol.Tcp, tcp.Length, 64, 0);
        using var raw = Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw));
        raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        raw.SendTo(packet, new IPEndPoint(StackAddress, 0));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        await Stack.DisposeAsync();
        _states.Dispose();
        _kernel.Dispose();
        _namespace.Dispose();
    }

    /// <summary>Makes the namespace, and in it the device and what asks the kernel. On a thread of its own.</summary>
    private static (NetworkNamespace Space, KernelStates States, KernelConnections Kernel, ILinkDevice Device) Make(
        Ladder ladder)
    {
        NetworkNamespace.UnshareCurrentThread();
        NetworkNamespace.BringUpLoopback();
        var states = new KernelStates(ladder);
        var options = new UserTcpOptions
        {
            // One segment a frame: triggers strike single segments.
            Offload = false,
            Impair = "",
            KernelAddresses = { $"{KernelAddress}/24" },
        };
        return (NetworkNamespace.OfCurrentThread(), states, new KernelConnections(), states.Open(options));
    }

    private T Inside<T>(Func<T> function)
        where T : IDisposable
    {
        var made = NetworkNamespace.OnNewThread(() =>
        {
            _namespace.Enter();
            return function();
        });
        lock (_sockets)
            _sockets.Add(made);
        return made;
    }

    private async Task<Socket> Keep(Task<Socket> accept)
    {
        var socket = await accept;
        socket.NoDelay = true;
        lock (_sockets)
            _sockets.Add(socket);
        return socket;
    }
}

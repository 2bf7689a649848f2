using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>Options of the stack and its link to the kernel.</summary>
internal sealed class KernelLinkOptions
{
    public int Mtu { get; init; } = LinkProperties.DefaultMtu;

    /// <summary>
    /// Segmentation and receive offload of the kernel. USERTCP_TEST_OFFLOAD=off in the environment turns it off in all
    /// tests.
    /// </summary>
    public bool Offload { get; init; } = Environment.GetEnvironmentVariable("USERTCP_TEST_OFFLOAD") != "off";

    /// <summary>The device splits received super-segments.</summary>
    public bool CutArriving { get; init; }

    public int Queues { get; init; } = 1;

    public EngineOptions Engine { get; init; } = new() { MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) };

    /// <summary>The min and the initial RTO. Long, so that scheduling delays do not cause timeouts.</summary>
    public TimeSpan Rto { get; init; } = TimeSpan.FromSeconds(2);

    public Func<ILinkDevice, ILinkDevice> Decorate { get; init; } = static device => device;
}

/// <summary>
/// A private network with the kernel on one end of a TUN link and a stack on the other; disposal removes it.
/// </summary>
internal sealed class KernelLink : IAsyncDisposable
{
    public static readonly IPAddress KernelIPv4 = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress StackIPv4 = IPAddress.Parse("198.18.0.2");
    public static readonly IPAddress KernelIPv6 = IPAddress.Parse("2001:db8:75::1");
    public static readonly IPAddress StackIPv6 = IPAddress.Parse("2001:db8:75::2");

    /// <summary>Counters that may rise only when the kernel has dropped a frame for lack of memory.</summary>
    private static readonly Counter[] SignsOfLoss =
        [Counter.RetransmissionTimeouts, Counter.FastRetransmits];

    private static readonly Counter[] SignsOfError =
    [
        Counter.DroppedBadChecksum, Counter.DroppedBadIpHeader, Counter.DroppedBadTcpHeader, Counter.DroppedFragment,
        Counter.DroppedMartian, Counter.DroppedOutOfOrder, Counter.DroppedReply, Counter.DroppedMemory,
        Counter.OrphansReset, Counter.DroppedHandOver,
    ];

    private KernelLink(PrivateNetwork network, UserTcpStack stack)
    {
        Network = network;
        Stack = stack;
    }

    public PrivateNetwork Network { get; }

    public UserTcpStack Stack { get; }

    public static async Task<KernelLink> StartAsync(KernelLinkOptions? options = null)
    {
        options ??= new KernelLinkOptions();
        if (ForcedCookies.AreOn && options.Engine.SynCookies == SynCookieMode.UnderPressure)
            options.Engine.SynCookies = SynCookieMode.Always;
        (options.Engine.MinRto, options.Engine.InitialRto) = (options.Rto, options.Rto);
        const int SmallestIPv6 = 1280;
        var hasIPv6 = options.Mtu >= SmallestIPv6;
        var device = new TunDeviceOptions
        {
            Mtu = options.Mtu,
            Offload = options.Offload,
            CutArriving = options.CutArriving,
            Queues = options.Queues,
        };
        device.KernelAddresses.Add(new TunAddress(KernelIPv4, 24));
        if (hasIPv6)
            device.KernelAddresses.Add(new TunAddress(KernelIPv6, 64));
        var network = new PrivateNetwork();
        try
        {
            var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
            {
                Device = options.Decorate(network.Inside(() => TunDevice.Open(device))),
                Addresses = hasIPv6 ? [StackIPv4, StackIPv6] : [StackIPv4],
                Engine = options.Engine,
                ShutdownTimeout = TimeSpan.Zero,
            });
            return new KernelLink(network, stack);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public static IPAddress StackAddress(AddressFamily family) =>
        family == AddressFamily.InterNetwork ? StackIPv4 : StackIPv6;

    public static IPAddress KernelAddress(AddressFamily family) =>
        family == AddressFamily.InterNetwork ? KernelIPv4 : KernelIPv6;

    public long Count(Counter counter) => Stack.GetCounters()[counter];

    public Task<UserTcpListener> ListenAsync(AddressFamily family = AddressFamily.InterNetwork) =>
        Stack.ListenAsync(new IPEndPoint(StackAddress(family), 0)).OrFail();

    /// <summary>Opens a connection from the kernel.</summary>
    public async Task<(Socket Kernel, UserTcpConnection Stack)> KernelOpensAsync(
        AddressFamily family = AddressFamily.InterNetwork, Action<Socket>? prepare = null)
    {
        await using var listener = await ListenAsync(family);
        return await KernelOpensAsync(listener, prepare);
    }

    public async Task<(Socket Kernel, UserTcpConnection Stack)> KernelOpensAsync(
        UserTcpListener listener, Action<Socket>? prepare = null)
    {
        var socket = Network.NewSocket(listener.LocalEndPoint.AddressFamily);
        prepare?.Invoke(socket);
        await socket.ConnectAsync(listener.LocalEndPoint).OrFail();
        return (socket, await listener.AcceptConnectionAsync().OrFail());
    }

    /// <summary>Opens a connection from the stack.</summary>
    public async Task<(Socket Kernel, UserTcpConnection Stack)> StackOpensAsync(
        AddressFamily family = AddressFamily.InterNetwork, Action<Socket>? prepare = null)
    {
        using var listener = Network.Listen(KernelAddress(family), prepare: prepare);
        var connection = await Stack.ConnectAsync(listener.LocalEndPoint!).OrFail();
        return (await listener.AcceptAsync().OrFail(), connection);
    }

    /// <summary>Opens a connection from the given side.</summary>
    public Task<(Socket Kernel, UserTcpConnection Stack)> OpenAsync(
        Opener opener, AddressFamily family = AddressFamily.InterNetwork, Action<Socket>? prepare = null) =>
        opener == Opener.Kernel ? KernelOpensAsync(family, prepare) : StackOpensAsync(family, prepare);

    /// <summary>Waits until the stack has no connection in any state and no memory in use.</summary>
    public async Task NothingLeftAsync()
    {
        await Until.TrueAsync(() => Stack.GetConnections().All(connection => connection.State == TcpState.Listen));
        await Until.TrueAsync(() => Stack.BlocksRented == 0);
    }

    /// <summary>
    /// Asserts that no error was counted and that nothing was retransmitted, unless the kernel dropped frames for lack
    /// of memory.
    /// </summary>
    public void AssertNothingWentWrong()
    {
        var counters = Stack.GetCounters();
        Assert.Equal("", Said(SignsOfError));
        var lost = Said(SignsOfLoss);
        // On a busy machine a late ACK may cause a tail loss probe.
        var again = counters[Counter.SegmentsRetransmitted] - counters[Counter.TailLossProbes];
        Assert.True((lost.Length == 0 && again <= 0) || Network.Dropped() > 0, $"{lost} retransmitted: {again}");

        string Said(Counter[] signs) =>
            string.Join(
                ", ",
                signs.Where(counter => counters[counter] != 0).Select(counter => $"{counter}: {counters[counter]}"));
    }

    public async ValueTask DisposeAsync()
    {
        await Stack.DisposeAsync();
        Network.Dispose();
    }
}

/// <summary>The side of the active open.</summary>
public enum Opener
{
    Kernel,
    Stack,
}

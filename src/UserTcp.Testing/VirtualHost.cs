using System.Net;
using Microsoft.Extensions.Hosting;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Testing.Http;
using UserTcp.Testing.Running;
using UserTcp.Testing.Wires;

namespace UserTcp.Testing;

/// <summary>A host of a <see cref="VirtualNetwork"/>: a name, addresses and a TCP/IP stack.</summary>
public sealed class VirtualHost
{
    private readonly HostParts _parts;
    private readonly VirtualHostOptions _options;
    private readonly List<Task> _dying = [];
    private Func<VirtualHost, Task<IAsyncDisposable?>>? _start;
    private IAsyncDisposable? _application;
    private VirtualDevice? _device;
    private UserTcpStack? _stack;

    internal VirtualHost(
        VirtualNetwork network, string name, IPAddress[] addresses, VirtualLink link, VirtualHostOptions options,
        HostParts parts)
    {
        (Network, Name, Addresses, Link) = (network, name, addresses, link);
        (_options, _parts) = (options, parts);
        Boot();
    }

    /// <summary>The network.</summary>
    public VirtualNetwork Network { get; }

    /// <summary>The name: the host is found as "api" and as "api.test".</summary>
    public string Name { get; }

    /// <summary>The addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>The link to the switch.</summary>
    public VirtualLink Link { get; }

    /// <summary>True from the start to a crash, and from a restart on.</summary>
    public bool IsUp => _stack is not null;

    /// <summary>How many times the host has started, 1 or more.</summary>
    public int Starts { get; private set; }

    /// <summary>Every segment of the host's connections, from all its starts.</summary>
    public Ladder Ladder { get; } = new(maxConversations: 256, maxSegments: 16_384);

    /// <summary>The host's stack, a new one after each restart.</summary>
    /// <exception cref="InvalidOperationException">The host is down.</exception>
    public UserTcpStack Stack => _stack ?? throw new InvalidOperationException(
        $"The host {Name} is down: it has crashed, or its network has ended. Call {nameof(RestartAsync)} "
        + "after a crash.");

    /// <summary>
    /// Runs an application on the host, and again after each restart. What the function returns is disposed of when the
    /// host crashes and when the network ends.
    /// </summary>
    public async Task StartAsync(Func<VirtualHost, Task<IAsyncDisposable?>> start)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (_start is not null)
            throw new InvalidOperationException($"The host {Name} has an application already.");
        _start = start;
        try
        {
            await RunApplicationAsync(start).ConfigureAwait(false);
        }
        catch
        {
            _start = null;
            throw;
        }
    }

    /// <summary>
    /// The host stops at once: nothing is sent any more, not even to the peers of its connections, and all state of its
    /// TCP is lost. Its application sees its connections end, and is disposed of.
    /// </summary>
    public void Crash()
    {
        if (PowerOff() is not { } stack)
            return;
        _dying.Add(stack.DisposeAsync().AsTask());
        if (_application is { } application)
            _dying.Add(EndAsync(application));
        _application = null;
    }

    /// <summary>Starts the host again, with a new stack, and its application.</summary>
    public async Task RestartAsync()
    {
        Crash();
        Boot();
        Network.Trace.Add($"{Name} starts again");
        if (_start is not null)
            await RunApplicationAsync(_start).ConfigureAwait(false);
    }

    /// <summary>Connects to a port of a host by name ("api").</summary>
    public ValueTask<UserTcpConnection> ConnectAsync(
        string host, int port, CancellationToken cancellationToken = default) =>
        Stack.ConnectAsync(new DnsEndPoint(host, port), cancellationToken);

    /// <summary>Listens on a port of every address.</summary>
    public ValueTask<UserTcpListener> ListenAsync(int port, CancellationToken cancellationToken = default) =>
        Stack.ListenAsync(new IPEndPoint(IPAddress.Any, port), cancellationToken);

    /// <summary>
    /// An HttpClient of this host. <paramref name="timeout"/> is in virtual time, until the end of the response's body;
    /// 100 s by default. <see cref="HttpClient.Timeout"/> stays infinite: it is of real time.
    /// </summary>
    public HttpClient CreateClient(TimeSpan? timeout = null) => VirtualHttp.CreateClient(this, timeout);

    /// <summary>
    /// The handler of such a client, without the timeout: for gRPC, and to change its settings. Its own timeouts are of
    /// real time, and infinite.
    /// </summary>
    public SocketsHttpHandler CreateHandler() => VirtualHttp.CreateHandler(this);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>A frame has arrived at the host's link.</summary>
    internal void Accept(ReadOnlySpan<byte> frame) => _device?.Accept(frame);

    /// <summary>Ends the application and the stack; without grace after a failure.</summary>
    internal async Task EndAsync(bool isGraceful)
    {
        if (!isGraceful)
            Crash();
        if (_application is { } application)
            await EndAsync(application).ConfigureAwait(false);
        if (_stack is { } stack)
            await stack.DisposeAsync().ConfigureAwait(false);
        (_application, _stack) = (null, null);
        await Task.WhenAll(_dying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The connections that are open, for a message.</summary>
    internal IEnumerable<string> DescribeConnections() => _stack is { } stack
        ? stack.GetConnections().Where(connection => connection.State is not (TcpState.Listen or TcpState.TimeWait))
            .Select(connection => $"{Name} {connection.Tuple} {SegmentLine.State(connection.State)}, "
                + $"{connection.ReceiveQueue} bytes unread, {connection.SendQueue} bytes unacknowledged")
        : [];

    /// <summary>
    /// The host may crash while its application starts: then the application ends when it has started.
    /// </summary>
    private async Task RunApplicationAsync(Func<VirtualHost, Task<IAsyncDisposable?>> start)
    {
        var starts = Starts;
        var application = await start(this).ConfigureAwait(false);
        if (starts == Starts && IsUp)
            _application = application;
        else if (application is not null)
            await EndAsync(application).ConfigureAwait(false);
    }

    /// <summary>The disposal of Kestrel blocks unless the application has been stopped.</summary>
    private static async Task EndAsync(IAsyncDisposable application)
    {
        if (application is IHost host)
            await host.StopAsync().ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes the stack from the host; null when it is down already.</summary>
    private UserTcpStack? PowerOff()
    {
        lock (_parts.World.Gate)
        {
            if (_stack is not { } stack)
                return null;
            Network.Trace.Add($"{Name} crashes");
            _device?.Dispose();
            (_stack, _device) = (null, null);
            return stack;
        }
    }

    private void Boot()
    {
        using var booting = _parts.World.Gate.EnterScope();
        Starts++;
        _device = _parts.CreateDevice(this, _options.Mtu);
        // It completes at once.
        var starting = UserTcpStack.StartAsync(_parts.CreateOptions(this, _device, _options));
        _stack = starting.AsTask().GetAwaiter().GetResult();
    }
}

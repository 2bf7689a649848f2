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
    /// <summary>How long a kernel's TCP may take to send what a killed process has written.</summary>
    private static readonly TimeSpan _killDrain = TimeSpan.FromSeconds(1);

    private readonly HostParts _parts;
    private readonly VirtualHostOptions _options;
    private readonly List<Task> _dying = [];
    private bool _hasForeignApplication;
    private bool _isKilled;
    private int _ends;
    private Task _killing = Task.CompletedTask;
    private Func<VirtualHost, Task<IAsyncDisposable?>>? _start;
    private IAsyncDisposable? _application;
    private VirtualDevice? _device;
    private UserTcpStack? _stack;

    internal VirtualHost(
        VirtualNetwork network, string name, IPAddress[] addresses, VirtualLink link, VirtualHostOptions options,
        HostParts parts)
    {
        (Network, Name, Addresses, Link) = (network, name, addresses, link);
        (_options, _parts, Starts) = (options, parts, 1);
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
    public Ladder Ladder { get; } = new(maxConversations: 256, maxEvents: 16_384);

    /// <summary>The host's stack, a new one after each restart.</summary>
    /// <exception cref="InvalidOperationException">The host is down.</exception>
    public UserTcpStack Stack => _stack ?? throw new InvalidOperationException(
        $"The host {Name} is down: it has crashed, or its network has ended. Call {nameof(RestartAsync)} "
        + "after a crash.");

    /// <summary>
    /// Runs an application on the host, and again after each restart. What the function returns is disposed of when the
    /// host crashes or its application is killed, and when the network ends.
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
    /// TCP is lost. Its application sees its connections end, and is disposed of. Nothing when the host is down. It is
    /// one of the network's <see cref="VirtualNetwork.Strikes"/>.
    /// </summary>
    public void Crash()
    {
        lock (_parts.World.Gate)
        {
            if (IsUp)
                Network.RecordCrash($"crash {Name}");
        }

        PowerOff($"{Name} crashes");
    }

    /// <summary>
    /// Kills the application, and not the host, as SIGKILL does: its TCP sends a FIN on each connection after what the
    /// application has written, resets those whose peers stay silent, and refuses new ones. The application is disposed
    /// of. <see cref="RestartAsync"/> runs it again. Nothing when the host is down. It is one of the network's
    /// <see cref="VirtualNetwork.Strikes"/>.
    /// </summary>
    /// <returns>Completes when the connections have ended, a second of virtual time later at most.</returns>
    public Task KillAsync()
    {
        lock (_parts.World.Gate)
        {
            if (IsUp)
                Network.RecordCrash($"kill {Name}");
        }

        return _killing = KillNowAsync();
    }

    /// <summary>
    /// After a crash, starts the host again, with a new stack, and its application; after <see cref="KillAsync"/>, the
    /// application alone. A host that is up crashes first.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The test has started an application on the host by itself: it cannot run again. See <see cref="StartAsync"/>.
    /// </exception>
    public async Task RestartAsync()
    {
        if (_start is null && _hasForeignApplication)
        {
            throw new InvalidOperationException(
                $"The host {Name} cannot start again: the test has started its application by itself, which runs once. "
                + $"Start it in the function of {nameof(VirtualNetwork)}.{nameof(VirtualNetwork.AddHostAsync)} or "
                + $"{nameof(VirtualHost)}.{nameof(StartAsync)}, which is called again after a restart.");
        }

        await _killing.ConfigureAwait(false);
        Starts++;
        if (!_isKilled)
        {
            PowerOff($"{Name} crashes");
            Boot();
        }

        _isKilled = false;
        Network.Trace.Add($"{Name} starts again");
        if (_start is not null)
            await RunApplicationAsync(_start).ConfigureAwait(false);
    }

    /// <summary>Connects to a port of a host by name ("api").</summary>
    public ValueTask<UserTcpConnection> ConnectAsync(
        string host, int port, CancellationToken cancellationToken = default) =>
        Stack.ConnectAsync(new DnsEndPoint(host, port), cancellationToken);

    /// <summary>Listens on a port of every address, of IPv4 and IPv6.</summary>
    public ValueTask<UserTcpListener> ListenAsync(int port, CancellationToken cancellationToken = default) =>
        Stack.ListenAsync(new IPEndPoint(IPAddress.IPv6Any, port), cancellationToken);

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
    internal void Accept(ReadOnlySpan<byte> frame)
    {
        if ((_device is { } device ? device.Accept(frame) : $"{Name} is down") is { } reason)
            Network.Drop(frame, reason);
    }

    /// <summary>A web application starts on the host: by the function of <see cref="StartAsync"/> or without.</summary>
    internal void OnApplicationStarting() => _hasForeignApplication |= _start is null;

    /// <summary>A fault crashes the host, or kills its application, and starts it again after a time.</summary>
    internal void Stop(bool isKill, TimeSpan? downTime)
    {
        if (!IsUp)
            return;
        if (isKill)
            _killing = KillNowAsync();
        else
            PowerOff($"{Name} crashes");
        if (downTime is { } time)
            Network.RestartLater(this, time);
    }

    /// <summary>Takes the stack from the host, whose application sees its connections end.</summary>
    /// <param name="line">A line for the trace; null for none, at the end of a test.</param>
    internal void PowerOff(string? line = null)
    {
        UserTcpStack stack;
        lock (_parts.World.Gate)
        {
            if (_stack is null)
                return;
            if (line is not null)
                Network.Trace.Add(line);
            stack = _stack;
            _device?.Dispose();
            (_stack, _device, _isKilled) = (null, null, false);
        }

        _dying.Add(stack.DisposeAsync().AsTask());
        EndApplication();
    }

    /// <summary>Ends the application and the stack; without grace after a failure.</summary>
    internal async Task EndAsync(bool isGraceful)
    {
        if (!isGraceful)
            PowerOff();
        if (_application is { } application)
            await EndAsync(application).ConfigureAwait(false);
        if (_stack is { } stack)
            await stack.DisposeAsync().ConfigureAwait(false);
        (_application, _stack) = (null, null);
        await Task.WhenAll([.. _dying, _killing]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The connections that are open, for a message.</summary>
    internal IEnumerable<string> DescribeConnections() => _stack is { } stack
        ? stack.GetConnections().Where(connection => connection.State is not (TcpState.Listen or TcpState.TimeWait))
            .Select(connection => $"{Name} {connection.Tuple} {SegmentLine.State(connection.State)}, "
                + $"{connection.ReceiveQueue} bytes unread, {connection.SendQueue} bytes unacknowledged")
        : [];

    /// <summary>
    /// The host may crash or be killed while its application starts: then the application ends when it has started.
    /// </summary>
    private async Task RunApplicationAsync(Func<VirtualHost, Task<IAsyncDisposable?>> start)
    {
        var ends = _ends;
        var application = await start(this).ConfigureAwait(false);
        if (ends == _ends)
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

    /// <summary>
    /// The stack ends as if its connections were those of a process, and another one takes its place, as if it had been
    /// that of the kernel all the time.
    /// </summary>
    private async Task KillNowAsync()
    {
        if (_stack is not { } stack || _isKilled)
            return;
        _isKilled = true;
        Network.Trace.Add($"{Name} loses its application");
        var ending = stack.StopAsync(_killDrain);
        EndApplication();
        await ending.ConfigureAwait(false);
        lock (_parts.World.Gate)
        {
            if (_stack == stack && Network.TestElapsed is null)
                Boot();
        }
    }

    private void EndApplication()
    {
        _ends++;
        if (_application is { } application)
            _dying.Add(EndAsync(application));
        _application = null;
    }

    private void Boot()
    {
        using var booting = _parts.World.Gate.EnterScope();
        _device = _parts.CreateDevice(this, _options.Mtu);
        // It completes at once.
        var starting = UserTcpStack.StartAsync(_parts.CreateOptions(this, _device, _options));
        _stack = starting.AsTask().GetAwaiter().GetResult();
    }
}

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using UserTcp.Buffers;
using UserTcp.Connecting;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Faults;
using UserTcp.Listening;
using UserTcp.Loop;
using UserTcp.Recording;
using UserTcp.Telemetry;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>
/// A TCP/IP host: a link device with an engine and a thread for each of its queues. Safe for use by any thread.
/// </summary>
public sealed class UserTcpStack : IAsyncDisposable
{
    private readonly LoopGroup _loops;
    private readonly MemoryBudget _budget;
    private readonly FaultLog _faults;
    private readonly WatchHub _watchers;
    private readonly NameResolution _names;
    private readonly EngineOptions _engineOptions;
    private readonly TimeSpan _shutdownTimeout;
    private readonly bool _inlineContinuations;
    private readonly TimeProvider _time;
    private readonly ILinkDevice _device;
    private readonly LoopClock _clock;

    private UserTcpStack(UserTcpStackOptions options)
    {
        _engineOptions = options.Engine;
        _shutdownTimeout = options.ShutdownTimeout;
        _inlineContinuations = options.InlineContinuations;
        _time = options.TimeProvider;
        Addresses = [.. options.Addresses];
        _names = new NameResolution(Addresses, options.Resolver);
        _device = options.Device;
        DeviceName = _device.Name;
        var clock = _clock = new LoopClock(options.TimeProvider);
        _watchers = new WatchHub(clock, options.Observer, options.ObserverFailed, options.MaxWatchers);
        _budget = new MemoryBudget(MemoryBudget.LimitFor(options.Engine));
        _faults = new FaultLog(options.FaultContained, options.TimeProvider);
        var meter = new StackMeter(options.MeterFactory, DeviceName);
        var keys = options.Keys ?? DrawKeys();
        _watchers.Recorder = CreateRecorder(options, keys);
        _loops = CreateLoops(options, clock, keys, meter);
        _watchers.OnRoom = () => _loops.PostToAll(static driver => driver.Engine.ReportMissedEvents());
        ObserveLink();
        meter.Observe(new StackReadings(GetCounters, GetConnections, GetMemoryUsage));
        _loops.Start(options.LoopRunner is { } runner ? loop => runner.Add(new UserTcpLoop(loop)) : null);
        _ = Completion.ContinueWith(_ => meter.End(isOwn: options.MeterFactory is null), TaskScheduler.Default);
    }

    /// <summary>The host's own addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>The link device's name.</summary>
    public string DeviceName { get; }

    /// <summary>
    /// Completes when the stack has ended; faulted after an internal fault or the loss of the device.
    /// </summary>
    public Task Completion => _loops.Completion;

    /// <summary>The stack's clock, from its start: the one of <see cref="TraceEvent.Time"/>. Any thread.</summary>
    public MonotonicTime Now => _clock.Now;

    /// <summary>Events that watchers lost because they were too slow.</summary>
    public long DroppedEvents => _watchers.Missed;

    /// <summary>
    /// Blocks of memory in use by connections, their readers and their writers. 0 when nothing is sent, received or
    /// unread; a busy stack has one more at each queue, for the frame that it is reading.
    /// </summary>
    public int BlocksRented => _loops.BlocksRented;

    /// <summary>The memory for data, and its limit. Any thread, without waiting for the stack.</summary>
    public UserTcpMemoryUsage GetMemoryUsage()
    {
        var used = _budget.Used;
        var state = used >= _budget.Limit
            ? MemoryState.Limit
            : _budget.IsUnderPressure ? MemoryState.Pressure
            : MemoryState.Comfortable;
        return new UserTcpMemoryUsage(used, Math.Max(_budget.Created - used, 0), _budget.Limit, state);
    }

    internal LoopGroup Loops => _loops;

    /// <summary>
    /// Starts a stack, which owns the device from now on. When the start fails, the device is disposed of.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The options, the addresses or the link's MTU are not valid; the message says why.
    /// </exception>
    public static ValueTask<UserTcpStack> StartAsync(
        UserTcpStackOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArgumentOutOfRangeException.ThrowIfLessThan(options.ShutdownTimeout, TimeSpan.Zero, nameof(options));
            ArgumentOutOfRangeException.ThrowIfLessThan(options.SpinTime, TimeSpan.Zero, nameof(options));
            ArgumentOutOfRangeException.ThrowIfNegative(options.MaxWatchers, nameof(options));
            if (options.LoopRunner is null && options.TimeProvider != TimeProvider.System)
            {
                throw new ArgumentException(
                    $"{nameof(options.TimeProvider)} needs a {nameof(options.LoopRunner)}: a thread rests "
                    + "in real time.",
                    nameof(options));
            }

            if (options.IdleTrimInterval != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(
                    options.IdleTrimInterval, TimeSpan.FromMilliseconds(1), nameof(options));
            }

            if (options.FlightRecorderFrames is < 0 or > UserTcpStackOptions.MaxFlightRecorderFrames)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(options),
                    $"{nameof(options.FlightRecorderFrames)} {options.FlightRecorderFrames} is not between 0 (none) "
                    + $"and {UserTcpStackOptions.MaxFlightRecorderFrames}.");
            }

            return ValueTask.FromResult(new UserTcpStack(options));
        }
        catch
        {
            options.Device.Dispose();
            options.Recording?.Discard();
            throw;
        }
    }

    /// <summary>Listens with every other option at its default.</summary>
    /// <inheritdoc cref="ListenAsync(UserTcpListenerOptions, CancellationToken)"/>
    public ValueTask<UserTcpListener> ListenAsync(
        IPEndPoint localEndPoint, CancellationToken cancellationToken = default) =>
        ListenAsync(new UserTcpListenerOptions { ListenEndPoint = localEndPoint }, cancellationToken);

    /// <summary>Passive OPEN (RFC 9293 section 3.10.1).</summary>
    /// <exception cref="SocketException">
    /// AddressAlreadyInUse, or AddressNotAvailable when the address is neither one of <see cref="Addresses"/> nor the
    /// loopback.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The stack has ended or is ending.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    public async ValueTask<UserTcpListener> ListenAsync(
        UserTcpListenerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.ListenEndPoint);
        ArgumentOutOfRangeException.ThrowIfNegative(options.ListenBacklog);
        cancellationToken.ThrowIfCancellationRequested();
        var connectionOptions = Recordable(options.ToEngine());
        var inlineContinuations = options.InlineContinuations ?? _inlineContinuations;
        var backlog = options.ListenBacklog == 0 ? _engineOptions.Backlog : options.ListenBacklog;
        var (listener, error) = await SharedListener.OpenAsync(
            _loops.Listeners, options.ListenEndPoint, backlog, connectionOptions, options.Flags, inlineContinuations)
            .ConfigureAwait(false);
        if (listener is not null)
            return new UserTcpListener(listener);
        throw error is { } known ? UserTcpError.ToException(known, options.ListenEndPoint) : UserTcpError.StackEnded();
    }

    /// <summary>Binds a UDP socket with every other option at its default.</summary>
    /// <inheritdoc cref="BindUdpAsync(UserTcpUdpOptions, CancellationToken)"/>
    public ValueTask<UserTcpUdpSocket> BindUdpAsync(
        IPEndPoint localEndPoint, CancellationToken cancellationToken = default) =>
        BindUdpAsync(new UserTcpUdpOptions { LocalEndPoint = localEndPoint }, cancellationToken);

    /// <summary>Binds a UDP socket (RFC 768), which can send and receive at once.</summary>
    /// <exception cref="SocketException">
    /// AddressAlreadyInUse, or AddressNotAvailable when the address is neither one of <see cref="Addresses"/> nor the
    /// loopback.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The stack has ended or is ending.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    public async ValueTask<UserTcpUdpSocket> BindUdpAsync(
        UserTcpUdpOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.LocalEndPoint);
        cancellationToken.ThrowIfCancellationRequested();
        var inlineContinuations = options.InlineContinuations ?? _inlineContinuations;
        var (endpoint, error) = await _loops.BindAsync(options.LocalEndPoint, options.Flags, inlineContinuations)
            .ConfigureAwait(false);
        if (endpoint is not null)
            return new UserTcpUdpSocket(endpoint, _names);
        throw error is { } known ? UserTcpError.ToException(known, options.LocalEndPoint) : UserTcpError.StackEnded();
    }

    /// <summary>Connects with every other option at its default.</summary>
    /// <inheritdoc cref="ConnectAsync(UserTcpConnectionOptions, CancellationToken)"/>
    public ValueTask<UserTcpConnection> ConnectAsync(
        EndPoint remoteEndPoint, CancellationToken cancellationToken = default) =>
        ConnectAsync(new UserTcpConnectionOptions { RemoteEndPoint = remoteEndPoint }, cancellationToken);

    /// <summary>
    /// Active OPEN (RFC 9293 section 3.10.1); completes when the connection is established. Cancelling aborts the
    /// attempt.
    /// </summary>
    /// <exception cref="SocketException">
    /// ConnectionRefused, TimedOut, HostUnreachable, HostNotFound and the like.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">The stack has ended or is ending.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    public async ValueTask<UserTcpConnection> ConnectAsync(
        UserTcpConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connectionOptions = Recordable(options.ToEngine());
        var inlineContinuations = options.InlineContinuations ?? _inlineContinuations;
        var candidates = await _names.ResolveAsync(options.RemoteEndPoint, cancellationToken).ConfigureAwait(false);
        return candidates.Count == 1
            ? await OpenAsync(candidates[0], cancellationToken).ConfigureAwait(false)
            : await new ConnectionRace<UserTcpConnection>(OpenAsync, _time)
                .RunAsync(candidates, cancellationToken).ConfigureAwait(false);

        Task<UserTcpConnection> OpenAsync(IPEndPoint remote, CancellationToken token) =>
            this.OpenAsync(remote, options, connectionOptions, inlineContinuations, token);
    }

    /// <summary>
    /// STATUS of everything: listeners, connections, TIME-WAIT entries. Empty when the stack has ended.
    /// </summary>
    public IReadOnlyList<ConnectionSnapshot> GetConnections() => _loops.GetConnections();

    /// <summary>The counters as they stand now, or as they stood when the stack ended.</summary>
    public EngineCounters GetCounters() => _loops.GetCounters();

    /// <summary>
    /// The faults of the stack itself that reset a connection or dropped a frame, each distinct one once, with a count.
    /// At most 64 are kept; <see cref="Counter.ConnectionFaults"/> and <see cref="Counter.DroppedFault"/> count all.
    /// </summary>
    public IReadOnlyList<UserTcpFault> GetFaults() => _faults.All;

    /// <summary>
    /// Every event from the start of the enumeration on, until the token is cancelled (which throws) or the stack ends.
    /// A watcher that is too slow gets runs of events, and a <see cref="TraceEventKind.Gap"/> in place of those that it
    /// has missed; <see cref="DroppedEvents"/> counts them.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// There are <see cref="UserTcpStackOptions.MaxWatchers"/> watchers already.
    /// </exception>
    public async IAsyncEnumerable<TraceEvent> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var watcher = _watchers.Add();
        try
        {
            UpdateObserver();
            while (await watcher.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (watcher.TryRead(out var traceEvent))
                    yield return traceEvent;
            }
        }
        finally
        {
            _watchers.Remove(watcher);
            UpdateObserver();
        }
    }

    /// <summary>
    /// Ends the stack in order: closes listeners, sends each connection's FIN after what it has flushed, and waits for
    /// the peers' FINs. A connection is reset when its peer has acknowledged everything and then been silent for an RTO
    /// (200 ms or more by default), and each one that is left after <paramref name="drain"/>. Then disposes of the
    /// device. Does not throw when the stack has failed: <see cref="Completion"/> does.
    /// </summary>
    public async Task StopAsync(TimeSpan drain)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(drain, TimeSpan.Zero);
        await EndAsync(drain, waitsForPeers: true).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the stack as soon as nothing is lost by it: closes listeners, sends each connection's FIN after what it has
    /// flushed, and resets a connection when its peer has acknowledged the data, and the FIN if the application has
    /// closed the connection. An idle connection is not waited for, nor is what a peer may still send. Connections that
    /// are left after <see cref="UserTcpStackOptions.ShutdownTimeout"/> are reset. Then disposes of the device.
    /// </summary>
    public ValueTask DisposeAsync() => new(EndAsync(_shutdownTimeout, waitsForPeers: false));

    private LoopGroup CreateLoops(UserTcpStackOptions options, LoopClock clock, EngineKeys keys, StackMeter meter)
    {
        try
        {
            IpAddress[] addresses = [.. options.Addresses.Select(IpAddress.From)];
            return new LoopGroup(
                options.Device,
                new LoopSettings(
                    options.Engine, options.SpinTime, options.IdleTrimInterval, options.FlightRecorderFrames,
                    clock, HasThreads: options.LoopRunner is null),
                _budget, _faults, _watchers, meter,
                CreateEngine);

            TcpEngine CreateEngine(ILinkDevice queue, BlockPool pool, EngineShare share)
            {
                var recorder = _watchers.Recorder?[share.Index];
                return new TcpEngine(
                    options.Engine, keys, queue.Properties, addresses,
                    recorder is null ? pool : new RecordedPool(pool, recorder), _watchers.ObserverOf(share.Index),
                    share)
                {
                    Recorder = recorder,
                };
            }
        }
        catch
        {
            meter.End(isOwn: options.MeterFactory is null);
            throw;
        }
    }

    private ConnectionOptions Recordable(ConnectionOptions options) =>
        _watchers.Recorder is not null && options.CustomCongestionControl is { } factory
            ? throw StackRecorder.NotRecordable(factory)
            : options;

    private StackRecorder? CreateRecorder(UserTcpStackOptions options, EngineKeys keys) =>
        options.Recording?.Begin() is { } sink
            ? new StackRecorder(
                sink, _device, [.. Addresses], options.Engine, keys, options.TimeProvider.GetUtcNow(), _watchers)
            : null;

    private static EngineKeys DrawKeys()
    {
        Span<byte> secret = stackalloc byte[EngineKeys.SecretLength];
        RandomNumberGenerator.Fill(secret);
        var keys = EngineKeys.FromSecret(secret);
        CryptographicOperations.ZeroMemory(secret);
        return keys;
    }

    private async Task<UserTcpConnection> OpenAsync(
        IPEndPoint remote, UserTcpConnectionOptions wanted, ConnectionOptions options, bool inlineContinuations,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var open = new OpenRequest(
            _loops.Homes, remote, wanted.LocalEndPoint, options, inlineContinuations, wanted.InitialData);
        _loops.AssignLoop().Post(open);
        using (cancellationToken.UnsafeRegister(static (request, token) => ((OpenRequest)request!).Cancel(token), open))
        {
            return new UserTcpConnection(
                await StackActivities.ConnectAsync(open.Result, remote).ConfigureAwait(false));
        }
    }

    private async Task EndAsync(TimeSpan drain, bool waitsForPeers)
    {
        _loops.PostToAll(driver => driver.Stop(drain, waitsForPeers));
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void UpdateObserver()
    {
        _loops.PostToAll(driver => driver.Engine.Observer = _watchers.ObserverOf(driver.Engine.Share.Index));
        ObserveLink();
    }

    private void ObserveLink()
    {
        if (_device is IObservableLink link)
            link.LinkObserver = _watchers.Observer;
    }
}

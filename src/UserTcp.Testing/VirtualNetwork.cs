using System.Net;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Impairment;
using UserTcp.Testing.Detection;
using UserTcp.Testing.Faults;
using UserTcp.Testing.Running;
using UserTcp.Testing.Time;
using UserTcp.Testing.Tls;
using UserTcp.Testing.Wires;
using UserTcp.Wire;

namespace UserTcp.Testing;

/// <summary>
/// Hosts, links and switches in one process and in virtual time, on which code runs the same way with each run of a
/// seed. A test gets one from <see cref="RunAsync"/>, or from the attribute <c>[VirtualFact]</c>.
/// </summary>
public sealed class VirtualNetwork
{
    /// <summary>The smallest MTU of IPv4 in bytes (RFC 791).</summary>
    private const int MinMtu = 68;

    /// <summary>Addresses of hosts begin at 10.0.0.1.</summary>
    private const uint FirstAddress = 0x0A00_0001;

    /// <summary>Applications that close together with their peers block while they wait for them.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(1);

    private readonly VirtualNetworkOptions _options;
    private readonly World _world;
    private readonly ForeignThreads? _foreign;
    private readonly HostNames _names = new();
    private readonly List<VirtualHost> _hosts = [];
    private readonly List<VirtualSwitch> _switches = [];
    private readonly List<(VirtualSwitch Switch, IpAddress Address, Wires.Wire Wire)> _attached = [];
    private readonly FaultScript _script;
    private readonly DropLog _drops;
    private readonly Cabling _cabling;
    private uint _nextAddress = FirstAddress;

    internal VirtualNetwork(VirtualNetworkOptions options, World world, ForeignThreads? foreign)
    {
        (_options, _world, _foreign) = (options, world, foreign);
        _script = new FaultScript(world.Gate, options.OnlyFaults);
        Trace = new VirtualTrace(world.Clock, _names);
        _drops = new DropLog(world.Clock, Trace, _names);
        DefaultSwitch = AddSwitch("switch");
        _cabling = new Cabling(world, Trace, _names, _script, _drops, options) { Crash = Crash };
        _script.Failed = world.Fail;
        _script.SendHeld = frames => _cabling.SendLater(frames, TimeSpan.Zero);
    }

    /// <summary>The seed.</summary>
    public ulong Seed => _options.Seed;

    /// <summary>What the seed repeats.</summary>
    public VirtualLevel Level => _options.Level;

    /// <summary>The network's time, for everything that waits.</summary>
    public TimeProvider TimeProvider => _world.Clock;

    /// <summary>The virtual time since the start.</summary>
    public TimeSpan Elapsed => _world.Clock.Elapsed;

    /// <summary>The hosts so far.</summary>
    public IReadOnlyList<VirtualHost> Hosts
    {
        get
        {
            lock (_world.Gate)
                return [.. _hosts];
        }
    }

    /// <summary>The switches so far, the default one first.</summary>
    public IReadOnlyList<VirtualSwitch> Switches
    {
        get
        {
            lock (_world.Gate)
                return [.. _switches];
        }
    }

    /// <summary>The switch that hosts are connected to, unless they name another one.</summary>
    public VirtualSwitch DefaultSwitch { get; }

    /// <summary>The faults that the test has asked for so far.</summary>
    public IReadOnlyList<VirtualFault> Faults
    {
        get
        {
            lock (_world.Gate)
                return [.. _script.All];
        }
    }

    /// <summary>What every fault has done so far, chances included, in order: the first 100,000.</summary>
    public IReadOnlyList<VirtualStrike> Strikes
    {
        get
        {
            lock (_world.Gate)
                return [.. _cabling.Strikes];
        }
    }

    /// <summary>
    /// Packets that were dropped so far for another reason than a fault, in order: the first 100,000.
    /// </summary>
    public IReadOnlyList<VirtualDrop> Drops
    {
        get
        {
            lock (_world.Gate)
                return [.. _drops.All];
        }
    }

    /// <summary>What happens on the network.</summary>
    public VirtualTrace Trace { get; }

    /// <summary>The network's clock.</summary>
    internal VirtualClock Clock => _world.Clock;

    /// <summary>The virtual time that the test took, without the end of the hosts.</summary>
    internal TimeSpan? TestElapsed { get; private set; }

    /// <summary>The faults one by one.</summary>
    internal VirtualFaultList Struck => new([.. _cabling.Chances], [.. _script.Struck]);

    /// <summary>
    /// Runs a test on a network of its own, and throws when it fails. Tests wait for each other: one runs at a time.
    /// </summary>
    /// <param name="test">The test.</param>
    /// <param name="options">The options; null for the default.</param>
    /// <param name="cancellationToken">
    /// Ends the network, and with it the test: what it waits for on the network does not come any more.
    /// </param>
    /// <exception cref="OperationCanceledException">The token was cancelled before the test had ended.</exception>
    /// <exception cref="VirtualNetworkException">
    /// The test has thrown (<see cref="Exception.InnerException"/>), a fault has never struck, or the run was not what
    /// <see cref="VirtualNetworkOptions.Level"/> asks for.
    /// </exception>
    public static async Task RunAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null,
        CancellationToken cancellationToken = default) =>
        (await TryRunAsync(test, options, cancellationToken).ConfigureAwait(false)).ThrowIfFailed();

    /// <summary>
    /// As <see cref="RunAsync"/>, with a result in place of an exception when the test fails.
    /// </summary>
    /// <param name="test">The test.</param>
    /// <param name="options">The options; null for the default.</param>
    /// <param name="cancellationToken">Ends the network, and with it the test.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled before the test had ended.</exception>
    /// <exception cref="VirtualNetworkException">
    /// The process or the options do not allow the test to run: <see cref="VirtualFailureKind.Configuration"/>.
    /// </exception>
    public static Task<VirtualResult> TryRunAsync(
        Func<VirtualNetwork, Task> test, VirtualNetworkOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        return NetworkRun.RunAsync(test, options ?? new VirtualNetworkOptions(), cancellationToken);
    }

    /// <summary>
    /// Gives the process's thread pool one worker, as <see cref="VirtualLevel.Exact"/> needs it: for test frameworks
    /// without a project property for it, before anything else runs.
    /// </summary>
    public static void UseOneWorker()
    {
        if (!ThreadPool.SetMinThreads(1, 1) || !ThreadPool.SetMaxThreads(1, 1))
            throw new InvalidOperationException("This process does not allow a thread pool with one worker.");
    }

    /// <summary>The host of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public VirtualHost GetHost(string name)
    {
        lock (_world.Gate)
        {
            return FindHost(name) ?? throw new ArgumentException(
                $"The network has no host {name}. {_names.DescribeOthers(name)}", nameof(name));
        }
    }

    /// <summary>Adds a host, which is up at once.</summary>
    public VirtualHost AddHost(string name, VirtualHostOptions? options = null)
    {
        HostNames.Check(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(options?.Mtu ?? MinMtu, MinMtu, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options?.Mtu ?? MinMtu, ushort.MaxValue, nameof(options));
        lock (_world.Gate)
        {
            ObjectDisposedException.ThrowIf(_world.HasEnded, this);
            if (FindHost(name) is not null)
                throw new ArgumentException($"There is a host {name} already.", nameof(name));
            var host = ConnectHost(name, options ?? new VirtualHostOptions());
            _hosts.Add(host);
            return host;
        }
    }

    /// <summary>
    /// Adds a host with an application, as <see cref="VirtualHost.StartAsync"/> runs it, and waits until it has
    /// started.
    /// </summary>
    public async Task<VirtualHost> AddHostAsync(string name, Func<VirtualHost, Task<IAsyncDisposable?>> start)
    {
        var host = AddHost(name);
        await host.StartAsync(start).ConfigureAwait(false);
        return host;
    }

    /// <summary>Adds a switch without links.</summary>
    public VirtualSwitch AddSwitch(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var added = new VirtualSwitch(name, _drops);
        lock (_world.Gate)
            _switches.Add(added);
        return added;
    }

    /// <summary>
    /// Connects two switches. <see cref="VirtualLink.Outbound"/> is the direction from the first to the second.
    /// </summary>
    public VirtualLink Connect(VirtualSwitch first, VirtualSwitch second, LinkImpairment? impairment = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        using var changing = _world.Gate.EnterScope();
        var outbound = _cabling.CreateWire(impairment ?? LinkImpairment.None, $"between {first} and {second}", second);
        var inbound = _cabling.CreateWire(impairment ?? LinkImpairment.None, $"between {second} and {first}", first);
        outbound.Link.PairWith(inbound.Link);
        first.AddNeighbour(second, outbound);
        second.AddNeighbour(first, inbound);
        foreach (var (toSwitch, address, wire) in _attached)
            toSwitch.Announce(address, wire);
        return LinkOf(outbound, inbound);
    }

    /// <summary>
    /// An HttpClient of a host, which is added when it is new. See <see cref="VirtualHost.CreateClient"/>.
    /// </summary>
    public HttpClient CreateClient(string host, TimeSpan? timeout = null) =>
        GetOrAddHost(host).CreateClient(timeout);

    /// <summary>The host of a name, which is added when it is new.</summary>
    public VirtualHost GetOrAddHost(string name)
    {
        lock (_world.Gate)
            return FindHost(name) ?? AddHost(name);
    }

    /// <summary>
    /// Adds a fault by a rule, such as <c>drop data:3 to api</c>, <c>drop from api to db for 2s</c>,
    /// <c>hold syn-ack from api</c>, <c>delay 300ms data:2-4 to api:443</c>, <c>crash api on data:2 from api</c>.
    /// Packets that match are numbered from 1, retransmissions included. The hosts may be added later; a test whose
    /// fault names one that never was fails.
    /// </summary>
    /// <exception cref="FormatException">The rule is not valid; the message says why, and what is valid.</exception>
    public VirtualFault AddFault(string rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var parsed = FaultRuleParser.Parse(rule);
        lock (_world.Gate)
            return _script.Add(rule, parsed.ToDecision(Elapsed), parsed.Hosts);
    }

    /// <summary>Adds a fault by a function, which sees every packet that leaves a host.</summary>
    public VirtualFault AddFault(string name, FaultDecision decide)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(decide);
        lock (_world.Gate)
            return _script.Add(name, decide, []);
    }

    /// <summary>Loses all packets between two hosts, in both directions, until it is disposed of.</summary>
    public VirtualFault Partition(string first, string second)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(first);
        ArgumentException.ThrowIfNullOrWhiteSpace(second);
        lock (_world.Gate)
        {
            return _script.Add(
                $"partition of {first} and {second}",
                packet => IsBetween(packet, first, second) ? VirtualVerdict.Drop : VirtualVerdict.Pass,
                [first, second]);
        }
    }

    /// <summary>
    /// A certificate for a name, with its key; not to be disposed of. Clients of the network's hosts trust it. Its key
    /// is made anew in each process, and its length is always the same.
    /// </summary>
    public X509Certificate2 GetCertificate(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _options.SeedsOpenSsl ? VirtualCertificates.Create(name) : VirtualCertificates.GetOrCreate(name);
    }

    /// <summary>
    /// Runs code that blocks, such as the start of a WebApplicationFactory, on a thread of its own. The network's time
    /// stands still meanwhile, and the test must do nothing else.
    /// </summary>
    public Task SetUpAsync(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return _world.SetUpAsync(action);
    }

    /// <summary>Random numbers that follow from the seed, for a purpose: each has its own.</summary>
    public Random CreateRandom(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        var key = Seed;
        foreach (var character in purpose)
            key = SplitMix64.Hash(key, character);
        return new Random((int)(key & int.MaxValue));
    }

    /// <summary>
    /// Ends all hosts, the last one first. After a test that has passed, what is on its way arrives first.
    /// </summary>
    internal async Task EndAsync(bool isGraceful)
    {
        TestElapsed = Elapsed;
        _drops.IsClosed = true;
        if (isGraceful)
            await Task.Delay(_settling, TimeProvider).ConfigureAwait(false);
        foreach (var host in Hosts.Reverse())
            await host.EndAsync(isGraceful).ConfigureAwait(false);
    }

    /// <summary>The connections that are open, for a message.</summary>
    internal IEnumerable<string> DescribeConnections() => Hosts.SelectMany(host => host.DescribeConnections());

    /// <summary>Why a fault cannot strike: it names a host that the network does not have. Null when it can.</summary>
    internal VirtualNetworkException? FindUnknownHost(VirtualFault fault) =>
        fault.Hosts.FirstOrDefault(host => !_names.CanName(host)) is { } unknown ? UnknownHost(fault, unknown) : null;

    /// <summary>The test itself has crashed a host, or killed its application.</summary>
    internal void RecordCrash(string what) => _cabling.RecordCrash(what);

    /// <summary>A packet was dropped for another reason than a fault.</summary>
    internal void Drop(ReadOnlySpan<byte> frame, string reason) => _drops.Add(frame, reason);

    /// <summary>Restarts a host after a time, unless the test has done it or is over.</summary>
    internal void RestartLater(VirtualHost host, TimeSpan delay)
    {
        var starts = host.Starts;
        _cabling.Later(() => ThreadPool.UnsafeQueueUserWorkItem(_ => Restart(), null), delay);

        async void Restart()
        {
            try
            {
                if (TestElapsed is null && host.Starts == starts)
                    await host.RestartAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                _world.Fail(error);
            }
        }
    }

    private VirtualNetworkException UnknownHost(VirtualFault fault, string host) => new(
        VirtualFailureKind.UnknownHost,
        $"The fault \"{fault}\" names {host}, and the network has no such host. {_names.DescribeOthers(host)}");

    /// <summary>A fault crashes a host, or kills its application.</summary>
    private void Crash(VirtualFault fault, VirtualVerdict verdict)
    {
        if (FindHost(verdict.Host!) is { } host)
            host.Stop(isKill: verdict.Kind == VerdictKind.Kill, verdict.DownTime);
        else
            _world.Fail(UnknownHost(fault, verdict.Host!));
    }

    private VirtualHost ConnectHost(string name, VirtualHostOptions options)
    {
        IPAddress[] addresses = options.Addresses.Count > 0 ? [.. options.Addresses] : [NextAddress()];
        _names.Add(name, addresses);
        var sink = new HostSink();
        var toSwitch = options.Switch ?? DefaultSwitch;
        var outbound = _cabling.CreateWire(options.Impairment ?? _options.Impairment, $"from {name}", toSwitch);
        var inbound = _cabling.CreateWire(LinkImpairment.None, $"to {name}", sink);
        outbound.Link.PairWith(inbound.Link);
        foreach (var address in addresses.Select(IpAddress.From))
        {
            toSwitch.Announce(address, inbound);
            _attached.Add((toSwitch, address, inbound));
        }

        var parts = new HostParts(
            _world, _names, _options, _hosts.Count + 1, () => _foreign?.Check(),
            frame => _cabling.Send(outbound, frame));
        var host = new VirtualHost(this, name, addresses, LinkOf(outbound, inbound), options, parts);
        sink.Host = host;
        return host;
    }

    private VirtualLink LinkOf(Wires.Wire outbound, Wires.Wire inbound) => new(
        new VirtualLinkDirection(_world, outbound.Link, _cabling.Seed),
        new VirtualLinkDirection(_world, inbound.Link, _cabling.Seed));

    private static bool IsBetween(in VirtualPacket packet, string first, string second) =>
        (IsSame(packet.From, first) && IsSame(packet.To, second))
        || (IsSame(packet.From, second) && IsSame(packet.To, first));

    private static bool IsSame(string name, string other) =>
        string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private VirtualHost? FindHost(string name) =>
        _hosts.Find(host => IsSame(host.Name, name));

    /// <summary>The next address that no host has.</summary>
    private IPAddress NextAddress()
    {
        while (_names.Has(IpAddress.FromIPv4(_nextAddress)))
            _nextAddress++;
        return IpAddress.FromIPv4(_nextAddress++).ToIPAddress();
    }
}

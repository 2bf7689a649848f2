using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>The meter "UserTcp".</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Every_counter_is_measured_once()
    {
        await using var network = await Network.CreateAsync();
        using var metrics = new Metrics(network.Device.Name);
        using var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);

        // Four values for memory.
        Assert.Equal(
            Enum.GetNames<Counter>().Length + 4,
            metrics.Read().Keys.Count(name => !name.StartsWith("usertcp.connection.count", StringComparison.Ordinal)));
        Assert.All(metrics.Instruments, instrument =>
        {
            Assert.Matches("^usertcp(\\.[a-z_]+)+$", instrument.Name);
            Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name);
            Assert.True(instrument.Unit is not null || instrument.Name == "usertcp.memory.state", instrument.Name);
        });
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Counters_and_connections_are_those_of_the_stack()
    {
        await using var network = await Network.CreateAsync();
        using var metrics = new Metrics(network.Device.Name);
        using var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        await using var connection = await network.ConnectAsync(7);
        await using var accepted = await listener.AcceptConnectionAsync().OrFail();

        var values = metrics.Read();

        Assert.Equal(1, values["usertcp.connections.opened usertcp.connection.role=server"]);
        Assert.Equal(0, values["usertcp.connections.opened usertcp.connection.role=client"]);
        Assert.Equal(2, values["usertcp.segments network.io.direction=receive"]);
        Assert.Equal(1, values["usertcp.connection.count network.connection.state=listen"]);
        Assert.Equal(1, values["usertcp.connection.count network.connection.state=established"]);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Instruments_hold_their_last_values_until_the_host_is_disposed_of()
    {
        await using var network = await Network.CreateAsync();
        using var metrics = new Metrics(network.Device.Name);
        var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, metrics.Read()["usertcp.connections.timed_out"]);
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Empty(metrics.Read());
    }

    [Fact]
    public async Task Histograms_record_handshakes_and_ends_by_role_and_error()
    {
        await using var network = await Network.CreateAsync();
        using var metrics = new Metrics(network.Device.Name);
        using var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        await using var peerListener = await network.Peer.ListenAsync(
            new IPEndPoint(Network.PeerIPv4, 7), TestContext.Current.CancellationToken);

        var reset = await network.ConnectAsync(7);
        await using var accepted = await listener.AcceptConnectionAsync().OrFail();
        reset.Abort();
        await using var opened = await stack.ConnectAsync(peerListener.LocalEndPoint).OrFail();
        await using var peer = await peerListener.AcceptConnectionAsync().OrFail();
        await peer.DisposeAsync();
        await opened.DisposeAsync();

        await Until.TrueAsync(() =>
            metrics.Recorded.Contains("usertcp.connection.handshake.duration")
            && metrics.Recorded.Contains(
                "usertcp.connection.duration usertcp.connection.role=server error.type=connection_reset")
            && metrics.Recorded.Contains("usertcp.connection.duration usertcp.connection.role=client")
            && metrics.Recorded.Contains("usertcp.connection.rtt usertcp.connection.role=client"));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stack_without_a_host_has_the_same_meter_until_it_ends()
    {
        var (near, far) = InMemoryLink.CreatePair();
        using (far)
        {
            using var metrics = new Metrics(near.Name);
            var stack = await UserTcpStack.StartAsync(
                new UserTcpStackOptions { Device = near, Addresses = [Network.PeerIPv4] },
                TestContext.Current.CancellationToken);
            Assert.NotEmpty(metrics.Read());

            await stack.DisposeAsync();

            await Until.TrueAsync(() => metrics.Read().IsEmpty);
        }
    }

    /// <summary>Listens to the instruments of one device; tests run side by side.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _values = new();
        private readonly ConcurrentBag<Instrument> _instruments = [];

        public Metrics(string device)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "UserTcp"
                    || !instrument.Meter.Tags!.Contains(
                        new KeyValuePair<string, object?>("network.interface.name", device)))
                {
                    return;
                }

                _instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
                _values[Key(instrument, tags)] = value);
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) =>
                _values[Key(instrument, tags)] = value);
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                if (value >= 0)
                    Recorded.Add(Key(instrument, tags));
            });
            _listener.Start();
        }

        public IReadOnlyCollection<Instrument> Instruments => _instruments;

        /// <summary>What the histograms recorded.</summary>
        public ConcurrentBag<string> Recorded { get; } = [];

        public ConcurrentDictionary<string, long> Read()
        {
            _values.Clear();
            _listener.RecordObservableInstruments();
            return _values;
        }

        public void Dispose() => _listener.Dispose();

        private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name;
            foreach (var tag in tags)
                key += $" {tag.Key}={tag.Value}";
            return key;
        }
    }
}

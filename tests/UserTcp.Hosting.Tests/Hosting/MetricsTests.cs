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
    public async Task Every_counter_is_an_instrument_with_its_device()
    {
        await using var network = await Network.CreateAsync();
        using var metrics = new Metrics(network.Device.Name);
        using var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);

        // Connections, and four instruments for memory.
        Assert.Equal(
            Enum.GetNames<Counter>().Length + 5,
            metrics.Instruments.Count(name => name.StartsWith("usertcp.", StringComparison.Ordinal)));
        Assert.Contains("usertcp.segments_retransmitted", metrics.Instruments);
        Assert.Contains("usertcp.dropped_bad_ip_header", metrics.Instruments);
        Assert.Contains("usertcp.connections", metrics.Instruments);
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

        Assert.Equal(1, values["usertcp.passive_opens"]);
        Assert.Equal(0, values["usertcp.active_opens"]);
        Assert.Equal(2, values["usertcp.segments_received"]);
        Assert.Equal(1, values["usertcp.connections state=Listen"]);
        Assert.Equal(1, values["usertcp.connections state=Established"]);
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

        Assert.Equal(0, metrics.Read()["usertcp.passive_opens"]);
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Empty(metrics.Read());
    }

    /// <summary>Listens to the instruments of one device; tests run side by side.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _values = new();
        private readonly ConcurrentBag<string> _instruments = [];

        public Metrics(string device)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "UserTcp"
                    || !instrument.Meter.Tags!.Contains(new KeyValuePair<string, object?>("device", device)))
                {
                    return;
                }

                _instruments.Add(instrument.Name);
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
                _values[Key(instrument, tags)] = value);
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) =>
                _values[Key(instrument, tags)] = value);
            _listener.Start();
        }

        public IReadOnlyCollection<string> Instruments => _instruments;

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

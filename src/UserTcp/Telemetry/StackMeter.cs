using System.Diagnostics.Metrics;
using UserTcp.Errors;

namespace UserTcp.Telemetry;

/// <summary>
/// The metrics of one stack: the meter "UserTcp", whose tag is the link's name. Loops record what ends; collectors read
/// the rest from any thread.
/// </summary>
internal sealed class StackMeter
{
    private const string Role = "usertcp.connection.role";

    private static int s_lastId;

    private readonly Meter _meter;
    private readonly Histogram<double> _handshake;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _rtt;
    private StackReadings? _readings;

    /// <param name="factory">Creates the meter, and owns it; null for a meter of the stack's own.</param>
    /// <param name="device">The link's name.</param>
    public StackMeter(IMeterFactory? factory, string device)
    {
        var options = new MeterOptions(UserTcpTelemetry.MeterName)
        {
            // Links may have the same name, and a factory has one meter for the same tags.
            Tags =
                [new("network.interface.name", device), new("usertcp.stack.id", Interlocked.Increment(ref s_lastId))],
        };
        _meter = factory is null ? new Meter(options) : factory.Create(options);
        _handshake = Histogram(
            "usertcp.connection.handshake.duration", "How long active opens took.", ShortTimes);
        _duration = Histogram("usertcp.connection.duration", "How long connections were open.", LongTimes);
        _rtt = Histogram(
            "usertcp.connection.rtt", "The smoothed round-trip time of connections at their end.", ShortTimes);
    }

    private StackReadings Readings => Volatile.Read(ref _readings)!;

    private static double[] ShortTimes { get; } =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static double[] LongTimes { get; } = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    /// <summary>True when somebody collects what depends on when connections began.</summary>
    public bool WantsAges => _duration.Enabled || _rtt.Enabled || _handshake.Enabled;

    /// <summary>Creates the instruments that are read from the stack.</summary>
    public void Observe(StackReadings stack)
    {
        _readings = stack;
        var counters = new CounterReading(() => Readings.Counters());
        foreach (var instrument in CounterInstrument.All)
        {
            _meter.CreateObservableCounter(
                instrument.Name, () => instrument.Measure(counters.For(instrument)), instrument.Unit,
                instrument.Description);
        }

        _meter.CreateObservableUpDownCounter(
            "usertcp.connection.count", () => CountStates(Readings), "{connection}", "Connections and listeners.");
        ObserveBytes("usertcp.memory.held", "Memory in use for data.", memory => memory.Held);
        ObserveBytes("usertcp.memory.idle", "Memory kept for the next use.", memory => memory.Idle);
        ObserveBytes("usertcp.memory.limit", "Memory that may be in use for data.", memory => memory.Limit);
        _meter.CreateObservableGauge(
            "usertcp.memory.state", () => (int)Readings.Memory().State, null,
            "0 comfortable, 1 pressure, 2 limit.");

        void ObserveBytes(string name, string description, Func<UserTcpMemoryUsage, long> value) =>
            _meter.CreateObservableUpDownCounter(name, () => value(Readings.Memory()), "By", description);
    }

    /// <summary>
    /// The stack has ended: a meter of its own ends too. One of a factory lives as long as the factory, shows the last
    /// counters until then, and no longer holds the stack.
    /// </summary>
    /// <param name="isOwn">True for a meter of the stack's own.</param>
    public void End(bool isOwn)
    {
        if (isOwn)
        {
            _meter.Dispose();
            return;
        }

        if (_readings is not { } stack)
            return;
        var (counters, memory) = (stack.Counters(), stack.Memory());
        _readings = new StackReadings(() => counters, static () => [], () => memory);
    }

    /// <summary>An active open has reached ESTABLISHED.</summary>
    public void RecordHandshake(TimeSpan duration) => Record(_handshake, duration);

    /// <summary>A connection is over for its application.</summary>
    public void RecordEnd(bool isActive, CloseReason reason, TimeSpan duration, TimeSpan rtt)
    {
        var role = new KeyValuePair<string, object?>(Role, isActive ? "client" : "server");
        if (reason.IsOrderly)
            Record(_duration, duration, role);
        else
            Record(_duration, duration, role, new("error.type", UserTcpTelemetry.NameOf(reason.Error)));
        if (rtt > TimeSpan.Zero)
            Record(_rtt, rtt, role);
    }

    /// <summary>A listener of the application runs here, on a loop's thread: its exceptions are its own.</summary>
    private static void Record(
        Histogram<double> histogram, TimeSpan time, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram.Record(time.TotalSeconds, tags);
        }
        catch (Exception)
        {
            // Nobody is there to hear of it, and no connection should end for it.
        }
    }

    private static IEnumerable<Measurement<int>> CountStates(StackReadings stack) =>
        stack.Connections()
            .CountBy(connection => connection.State)
            .Select(state => new Measurement<int>(
                state.Value,
                new KeyValuePair<string, object?>("network.connection.state", UserTcpTelemetry.NameOf(state.Key))));

    private Histogram<double> Histogram(string name, string description, double[] buckets) =>
        _meter.CreateHistogram(
            name, "s", description, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}

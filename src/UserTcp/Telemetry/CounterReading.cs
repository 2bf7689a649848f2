using UserTcp.Engine.Contract;

namespace UserTcp.Telemetry;

/// <summary>
/// The counters for one round of all instruments: they are read once, and again when an instrument asks a second time.
/// Any thread, a loop's own included, so nothing is locked while the loops answer.
/// </summary>
/// <param name="read">Reads them, which asks every loop.</param>
internal sealed class CounterReading(Func<EngineCounters> read)
{
    private readonly Lock _gate = new();
    private readonly HashSet<CounterInstrument> _served = [];
    private EngineCounters? _counters;

    /// <summary>The counters, as new as the instrument's last measurement or newer.</summary>
    public EngineCounters For(CounterInstrument instrument)
    {
        lock (_gate)
        {
            if (_counters is not null && _served.Add(instrument))
                return _counters;
        }

        var counters = read();
        lock (_gate)
        {
            _served.Clear();
            _served.Add(instrument);
            return _counters = counters;
        }
    }
}

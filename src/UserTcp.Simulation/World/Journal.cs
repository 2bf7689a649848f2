using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>
/// The events of a run: their hash, which identifies the course of the run (I17), and the trace. The frames of an
/// engine are in the trace as its events; those of a model, and of the adversary, as notes.
/// </summary>
internal sealed class Journal(Action<SimulatedEvent>? trace)
{
    public long Count { get; private set; }

    public ulong Hash { get; private set; }

    public void Frame(MonotonicTime now, string who, string what, ReadOnlySpan<byte> frame, bool isNoted)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8) + ((ulong)frame.Length << 16));
        foreach (var value in frame[..Math.Min(frame.Length, 80)])
            Hash = unchecked((Hash ^ value) * 0x100_0000_01B3);
        // Words cost more than the events, so there are none without a trace.
        if (isNoted && trace is not null)
            trace(new SimulatedEvent(now, who, Event: null, $"{what} {Frames.Describe(frame)}"));
    }

    public void Note(MonotonicTime now, string who, string what, bool isNoted = true)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8));
        if (isNoted)
            trace?.Invoke(new SimulatedEvent(now, who, Event: null, what));
    }

    /// <summary>Adds an event of an engine or of a link to the trace; the frames are in the hash.</summary>
    public void Event(MonotonicTime now, string who, in TraceEvent traceEvent) =>
        trace?.Invoke(new SimulatedEvent(now, who, traceEvent, Note: null));

    private void Add(ulong value) => Hash = SplitMix64.Hash(Hash ^ value);
}

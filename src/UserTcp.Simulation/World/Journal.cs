using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>
/// The events of a run: their hash, which identifies the course of the run (I17), and the last lines of the trace.
/// </summary>
internal sealed class Journal(Action<string>? trace)
{
    private const int MaxLines = 64;

    private readonly Queue<string> _last = new();

    /// <summary>Lines cost more than the events, so there are none without a trace.</summary>
    private bool IsTraced => trace is not null;

    public long Count { get; private set; }

    public ulong Hash { get; private set; }

    public void Frame(MonotonicTime now, string who, string what, ReadOnlySpan<byte> frame)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8) + ((ulong)frame.Length << 16));
        foreach (var value in frame[..Math.Min(frame.Length, 80)])
            Hash = unchecked((Hash ^ value) * 0x100_0000_01B3);
        if (IsTraced)
            WriteLine(now, who, $"{what} {Frames.Describe(frame)}");
    }

    public void Note(MonotonicTime now, string who, string what)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8));
        if (IsTraced)
            WriteLine(now, who, what);
    }

    public IReadOnlyList<string> Last() => [.. _last];

    private void Add(ulong value) => Hash = SplitMix64.Hash(Hash ^ value);

    private void WriteLine(MonotonicTime now, string who, string what)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture, $"{now.Ticks / (double)TimeSpan.TicksPerSecond,12:0.000000} {who,-6} {what}");
        trace!(line);
        if (_last.Count == MaxLines)
            _last.Dequeue();
        _last.Enqueue(line);
    }
}

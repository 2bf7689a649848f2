using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Simulation.Links;

namespace UserTcp.Simulation.World;

/// <summary>Everything that happens, as a number that tells one course of events from another (I17), and the last of it in words.</summary>
internal sealed class Journal(Action<string>? trace)
{
    private const int Kept = 64;

    private readonly Queue<string> _last = new();

    /// <summary>Words are made only when somebody wants them: they cost more than the events.</summary>
    private bool IsWanted => trace is not null;

    public long Count { get; private set; }

    public ulong Hash { get; private set; }

    public void Frame(MonotonicTime now, string who, string what, ReadOnlySpan<byte> frame)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8) + ((ulong)frame.Length << 16));
        foreach (var octets in frame[..Math.Min(frame.Length, 80)])
            Hash = unchecked((Hash ^ octets) * 0x100_0000_01B3);
        if (IsWanted)
            Tell(now, who, $"{what} {Frames.Describe(frame)}");
    }

    public void Note(MonotonicTime now, string who, string what)
    {
        Count++;
        Add((ulong)now.Ticks);
        Add((ulong)who.Length + ((ulong)what.Length << 8));
        if (IsWanted)
            Tell(now, who, what);
    }

    public IReadOnlyList<string> Last() => [.. _last];

    private void Add(ulong value) => Hash = Mix.Of(Hash ^ value);

    private void Tell(MonotonicTime now, string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{now.Ticks / (double)TimeSpan.TicksPerSecond,12:0.000000} {who,-6} {what}");
        trace!(line);
        if (_last.Count == Kept)
            _last.Dequeue();
        _last.Enqueue(line);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace UserTcp.Soak;

/// <summary>What must not have happened, each with its time and its connection; and what was expected to, counted.</summary>
internal sealed class Findings
{
    /// <summary>A fault that comes with every connection must not fill the memory that is being watched.</summary>
    private const int MaxKept = 200;

    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<string> _kept = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Called with each finding as it comes.</summary>
    public Action<string>? OnFinding { get; init; }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>All findings, also those whose words were not kept.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    public IReadOnlyList<string> Kept
    {
        get
        {
            lock (_lock)
                return [.. _kept];
        }
    }

    /// <summary>How often each thing happened.</summary>
    public IReadOnlyDictionary<string, long> Counts
    {
        get
        {
            lock (_lock)
                return new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);
        }
    }

    public void Add(string traffic, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds:0.0} s  {traffic}: {what}");
        lock (_lock)
        {
            _total++;
            if (_kept.Count < MaxKept)
                _kept.Add(line);
        }

        OnFinding?.Invoke(line);
    }

    public void Count(string what, long amount = 1)
    {
        lock (_lock)
            _counts[what] = _counts.GetValueOrDefault(what) + amount;
    }

    /// <summary>An exception in one line, with the socket's error code where it has one.</summary>
    public static string Describe(Exception exception) =>
        ErrorOf(exception) is { } error ? $"{error} ({exception.Message})" : $"{exception.GetType().Name} ({exception.Message})";

    /// <summary>The code of an error that came from a socket, directly or in an IOException; null for every other.</summary>
    public static SocketError? ErrorOf(Exception exception) =>
        (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode;
}

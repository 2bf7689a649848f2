using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace UserTcp.Soak;

/// <summary>Errors with time and connection, and counts of expected events.</summary>
internal sealed class Findings
{
    /// <summary>Limits the memory of a finding that repeats on every connection.</summary>
    private const int MaxKept = 200;

    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<string> _kept = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Called for each finding.</summary>
    public Action<string>? OnFinding { get; init; }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>The number of findings, also of those beyond the limit.</summary>
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

    /// <summary>The count of each event.</summary>
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
        ErrorOf(exception) is { } error
            ? $"{error} ({exception.Message})"
            : $"{exception.GetType().Name} ({exception.Message})";

    /// <summary>The error code of a SocketException, directly or in an IOException; null for others.</summary>
    public static SocketError? ErrorOf(Exception exception) =>
        (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode;
}

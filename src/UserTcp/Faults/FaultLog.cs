using System.Net;
using UserTcp.Engine;
using UserTcp.Wire;

namespace UserTcp.Faults;

/// <summary>
/// The faults that a stack has contained, each once: what was thrown, and where. The first of each is told to whoever wants to know, with the
/// last frames of its connection; what follows is counted. Any thread.
/// </summary>
/// <param name="onFault">Called on the thread pool.</param>
internal sealed class FaultLog(Action<UserTcpFault>? onFault)
{
    /// <summary>Frames that a fault keeps at most.</summary>
    private const int Frames = 64;

    /// <summary>Faults that are told apart at most; what is new beyond that only counts in the engine's counters.</summary>
    private const int MaxSites = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Type Type, string Site), UserTcpFault> _faults = [];

    /// <summary>All of them, in no particular order.</summary>
    public IReadOnlyList<UserTcpFault> All
    {
        get
        {
            lock (_gate)
                return [.. _faults.Values];
        }
    }

    /// <summary>Takes note of a fault of a loop whose time is <paramref name="now"/>.</summary>
    public void Record(ConnectionFault fault, FlightRecorder? recorder, MonotonicTime now)
    {
        var site = SiteOf(fault.Exception);
        var key = (fault.Exception.GetType(), site);
        UserTcpFault? first;
        lock (_gate)
        {
            if (_faults.TryGetValue(key, out var known))
            {
                known.CountAgain();
                return;
            }

            if (_faults.Count == MaxSites)
                return;
            var wallClock = DateTimeOffset.UtcNow;
            first = _faults[key] = new UserTcpFault(
                site, fault.Exception, EndPointsOf(fault.Tuple), wallClock - (now - fault.Time), recorder?.Find(fault.Tuple, Frames, wallClock, now) ?? []);
        }

        if (onFault is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Tell(call.Fault), (Tell: onFault, Fault: first), preferLocal: false);
    }

    private static (IPEndPoint Local, IPEndPoint Remote)? EndPointsOf(FourTuple? tuple) => tuple is { } known
        ? (new IPEndPoint(known.LocalAddress.ToIPAddress(), known.LocalPort.Value), new IPEndPoint(known.RemoteAddress.ToIPAddress(), known.RemotePort.Value))
        : null;

    /// <summary>The topmost method of ours in the stack trace, else the topmost of all.</summary>
    private static string SiteOf(Exception exception)
    {
        var lines = (exception.StackTrace ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = Array.Find(lines, static line => line.Contains(" UserTcp.", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "";
        var end = line.IndexOf(" in ", StringComparison.Ordinal);
        if (end >= 0)
            line = line[..end];
        var start = line.IndexOf(' ', StringComparison.Ordinal);
        return line[(start + 1)..];
    }
}

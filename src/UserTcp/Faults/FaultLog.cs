using System.Net;
using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Telemetry;
using UserTcp.Wire;

namespace UserTcp.Faults;

/// <summary>
/// The faults that a stack has contained, each exception type and place once. The first of each is reported, with the
/// last frames of its connection; later ones are counted. Any thread.
/// </summary>
/// <param name="onFault">Called on the thread pool with each distinct fault.</param>
/// <param name="time">The time of day.</param>
internal sealed class FaultLog(Action<UserTcpFault>? onFault, TimeProvider time)
{
    /// <summary>Max frames that a fault keeps.</summary>
    private const int Frames = 64;

    /// <summary>Max distinct faults; further ones are only in the engine's counters.</summary>
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

    /// <summary>Records a fault of a loop whose time is <paramref name="now"/>.</summary>
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
            var wallClock = time.GetUtcNow();
            first = _faults[key] = new UserTcpFault(
                site, fault.Exception, EndPointsOf(fault.Tuple), wallClock - (now - fault.Time),
                recorder?.Find(fault.Tuple, Frames, wallClock, now) ?? []);
        }

        StackEventSource.Log.Fault(site, fault.Exception.Message);
        if (onFault is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static call => call.OnFault(call.Fault), (OnFault: onFault, Fault: first), preferLocal: false);
        }
    }

    private static (IPEndPoint Local, IPEndPoint Remote)? EndPointsOf(FourTuple? tuple) => tuple is { } known
        ? (new IPEndPoint(known.LocalAddress.ToIPAddress(), known.LocalPort.Value), new IPEndPoint(
            known.RemoteAddress.ToIPAddress(), known.RemotePort.Value))
        : null;

    /// <summary>The topmost method of UserTcp in the stack trace, else the topmost of all.</summary>
    private static string SiteOf(Exception exception)
    {
        var lines = (exception.StackTrace ?? "")
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = Array.Find(lines, static line => line.Contains(" UserTcp.", StringComparison.Ordinal))
            ?? lines.FirstOrDefault() ?? "";
        var end = line.IndexOf(" in ", StringComparison.Ordinal);
        if (end >= 0)
            line = line[..end];
        var start = line.IndexOf(' ', StringComparison.Ordinal);
        return line[(start + 1)..];
    }
}

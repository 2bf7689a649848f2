using System.Diagnostics;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Carriers;

/// <summary>
/// An activity for each connection, from its begin to its end, with an event for what is worth a look: retransmissions,
/// losses, closed windows, resets. One thread at a time.
/// </summary>
internal sealed class ConnectionActivities : IDisposable
{
    /// <summary>Connections that have an activity at a time.</summary>
    private const int MaxOpen = 4096;

    /// <summary>Events of one activity; exporters have such a limit too.</summary>
    private const int MaxEvents = 128;

    private static readonly ActivitySource Source = new(UserTcpTelemetry.ActivitySourceName);

    private readonly Dictionary<FourTuple, (Activity Activity, int Events)> _open = [];
    private readonly DateTimeOffset _start;

    /// <param name="start">The time at which the stack's clock was zero.</param>
    public ConnectionActivities(DateTimeOffset start) => _start = start;

    /// <summary>True when somebody collects activities.</summary>
    public static bool HasListeners => Source.HasListeners();

    public void Add(ExplainedEvent explained)
    {
        var traceEvent = explained.Event;
        if (traceEvent.Kind == TraceEventKind.Connection && traceEvent.Connection.Kind != ConnectionChangeKind.Ended)
            Begin(traceEvent);
        if (explained.Severity >= Severity.Note)
            AddEvent(explained);
        if (traceEvent is { Kind: TraceEventKind.Connection, Connection.Kind: ConnectionChangeKind.Ended })
            End(traceEvent);
    }

    /// <summary>Ends what is open: the stack has ended, or nobody looks any more.</summary>
    public void Dispose()
    {
        foreach (var (activity, _) in _open.Values)
            activity.Dispose();
        _open.Clear();
    }

    private void Begin(in TraceEvent traceEvent)
    {
        if (_open.Count == MaxOpen || _open.ContainsKey(traceEvent.Tuple))
            return;
        var isOurs = traceEvent.Connection.Kind == ConnectionChangeKind.ActiveOpen;
        var activity = Source.CreateActivity("UserTcp.Connection", isOurs ? ActivityKind.Client : ActivityKind.Server);
        if (activity is null)
            return;
        var tuple = traceEvent.Tuple;
        activity.SetTag("network.transport", "tcp");
        activity.SetTag("network.type", tuple.LocalAddress.IsIPv4 ? "ipv4" : "ipv6");
        activity.SetTag("network.local.address", tuple.LocalAddress.ToString());
        activity.SetTag("network.local.port", (int)tuple.LocalPort.Value);
        activity.SetTag("network.peer.address", tuple.RemoteAddress.ToString());
        activity.SetTag("network.peer.port", (int)tuple.RemotePort.Value);
        activity.SetStartTime(TimeOf(traceEvent).UtcDateTime);
        var current = Activity.Current;
        _open[tuple] = (activity.Start(), 0);
        // The connections are beside each other, not inside.
        Activity.Current = current;
    }

    private void AddEvent(ExplainedEvent explained)
    {
        if (!_open.TryGetValue(explained.Event.Tuple, out var open))
            return;
        _open[explained.Event.Tuple] = (open.Activity, open.Events + 1);
        if (open.Events >= MaxEvents)
        {
            open.Activity.SetTag("usertcp.events_left_out", open.Events + 1 - MaxEvents);
            return;
        }

        var reason = explained.Phrases[0].Reason;
        var tags = new ActivityTagsCollection
        {
            ["usertcp.event"] = explained.Event.Number,
            ["usertcp.says"] = explained.Say(),
            ["usertcp.source"] = reason.Source,
        };
        if (explained.Because is { } because)
            tags["usertcp.because"] = because;
        open.Activity.AddEvent(new ActivityEvent(reason.Id.ToString(), TimeOf(explained.Event), tags));
    }

    private void End(in TraceEvent traceEvent)
    {
        if (!_open.Remove(traceEvent.Tuple, out var open))
            return;
        var error = traceEvent.Connection.Error;
        if (error != EngineError.None)
        {
            open.Activity.SetTag("error.type", error.ToString());
            open.Activity.SetStatus(ActivityStatusCode.Error);
        }

        open.Activity.SetEndTime(TimeOf(traceEvent).UtcDateTime);
        var current = Activity.Current;
        open.Activity.Stop();
        Activity.Current = current;
    }

    private DateTimeOffset TimeOf(in TraceEvent traceEvent) => _start + TimeSpan.FromTicks(traceEvent.Time.Ticks);
}

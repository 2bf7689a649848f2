using System.Diagnostics.Tracing;
using UserTcp.Capture.Explaining;

namespace UserTcp.Capture.Carriers;

/// <summary>
/// The explained events of stacks as those of an event source, for <c>dotnet-trace</c> and listeners in the process. A
/// stack that is attached is watched only while the source is enabled (<see cref="TraceCarrier"/>).
/// </summary>
[EventSource(Name = SourceName)]
public sealed class TraceEventSource : EventSource
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "UserTcp.Trace";

    private TraceEventSource()
    {
    }

    /// <summary>The source of this process.</summary>
    public static TraceEventSource Log { get; } = new();

    /// <summary>Raised when the source was enabled or disabled.</summary>
    [method: NonEvent]
    internal event Action? Switched;

    /// <summary>An event that is part of a healthy connection.</summary>
    /// <param name="number">Its number in the stack.</param>
    /// <param name="nanoseconds">Its time since the stack's start.</param>
    /// <param name="connection">The addresses and ports, ours first; empty for a gap.</param>
    /// <param name="says">The sentence.</param>
    /// <param name="json">The event as <see cref="EventJson"/> has it.</param>
    [Event(1, Level = EventLevel.Verbose)]
    public void Usual(long number, long nanoseconds, string connection, string says, string json) =>
        WriteEvent(1, number, nanoseconds, connection, says, json);

    /// <summary>A sign of trouble: a warning or an error of docs/reasons.md.</summary>
    /// <inheritdoc cref="Usual" path="/param"/>
    [Event(2, Level = EventLevel.Warning)]
    public void Trouble(long number, long nanoseconds, string connection, string says, string json) =>
        WriteEvent(2, number, nanoseconds, connection, says, json);

    [NonEvent]
    internal void Write(ExplainedEvent explained)
    {
        var isTrouble = explained.Severity >= Severity.Warning;
        if (!IsEnabled(isTrouble ? EventLevel.Warning : EventLevel.Verbose, EventKeywords.All))
            return;
        var traceEvent = explained.Event;
        var connection = traceEvent.Tuple.ToString();
        var nanoseconds = traceEvent.Time.Ticks * TimeSpan.NanosecondsPerTick;
        if (isTrouble)
            Trouble(traceEvent.Number, nanoseconds, connection, explained.Say(), EventJson.Format(explained));
        else
            Usual(traceEvent.Number, nanoseconds, connection, explained.Say(), EventJson.Format(explained));
    }

    /// <inheritdoc/>
    protected override void OnEventCommand(EventCommandEventArgs command) => Switched?.Invoke();

    [NonEvent]
    private void WriteEvent(int id, long number, long nanoseconds, string connection, string says, string json) =>
        base.WriteEvent(id, [number, nanoseconds, connection, says, json]);
}

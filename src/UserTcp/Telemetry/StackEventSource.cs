using System.Diagnostics.Tracing;

namespace UserTcp.Telemetry;

/// <summary>The events of all stacks of the process, in the shape of those of System.Net.Sockets.</summary>
[EventSource(Name = UserTcpTelemetry.EventSourceName)]
internal sealed class StackEventSource : EventSource
{
    public static readonly StackEventSource Log = new();

    private StackEventSource()
    {
    }

    /// <summary>An attempt to connect starts.</summary>
    [Event(1, Level = EventLevel.Informational)]
    public void ConnectStart(string address)
    {
        if (IsEnabled(EventLevel.Informational, EventKeywords.All))
            WriteEvent(1, address);
    }

    /// <summary>It has connected, or was cancelled.</summary>
    [Event(2, Level = EventLevel.Informational)]
    public void ConnectStop(string address)
    {
        if (IsEnabled(EventLevel.Informational, EventKeywords.All))
            WriteEvent(2, address);
    }

    /// <summary>It has failed.</summary>
    [Event(3, Level = EventLevel.Error)]
    public void ConnectFailed(string address, string error)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.All))
            WriteEvent(3, address, error);
    }

    /// <summary>The application has accepted a connection.</summary>
    [Event(4, Level = EventLevel.Informational)]
    public void Accepted(string address)
    {
        if (IsEnabled(EventLevel.Informational, EventKeywords.All))
            WriteEvent(4, address);
    }

    /// <summary>A connection is over for its application; the error is empty after an orderly close.</summary>
    [Event(5, Level = EventLevel.Informational)]
    public void Closed(string address, string error)
    {
        if (IsEnabled(EventLevel.Informational, EventKeywords.All))
            WriteEvent(5, address, error);
    }

    /// <summary>The stack has contained a fault of its own.</summary>
    [Event(6, Level = EventLevel.Error)]
    public void Fault(string site, string message)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.All))
            WriteEvent(6, site, message);
    }
}

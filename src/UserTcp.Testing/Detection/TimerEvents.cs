using System.Diagnostics.Tracing;

namespace UserTcp.Testing.Detection;

/// <summary>
/// Listens to the runtime's events about timers, from the first test of the process on: to start and to stop that takes
/// longer than a small test.
/// </summary>
internal sealed class TimerEvents : EventListener
{
    private const string Source = "System.Diagnostics.Eventing.FrameworkEventSource";
    private const string Set = "ThreadTransferSend";
    private const string Fired = "ThreadTransferReceive";

    /// <summary>The keyword of work that moves to another thread.</summary>
    private const EventKeywords ThreadTransfer = (EventKeywords)0x10;

    /// <summary>The kind of such work that is a timer.</summary>
    private const int TimerKind = 1;

    private static readonly TimerEvents _instance = new();
    private static volatile RealTimers? s_watcher;

    [ThreadStatic]
    private static bool s_isLooking;

    private TimerEvents()
    {
    }

    /// <summary>Who looks at timers; null for nobody.</summary>
    public static RealTimers? Watcher
    {
        set
        {
            s_watcher = value;
            GC.KeepAlive(_instance);
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
            EnableEvents(eventSource, EventLevel.Informational, ThreadTransfer);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (s_watcher is not { } watcher || s_isLooking
            || eventData.Payload is not [long timer, int and TimerKind, _, ..])
        {
            return;
        }

        // What the watcher does may set a timer as well.
        s_isLooking = true;
        try
        {
            if (eventData.EventName?.StartsWith(Fired, StringComparison.Ordinal) == true)
                watcher.OnFired(timer);
            else if (eventData.Payload is [_, _, _, _, int dueTime, ..]
                && eventData.EventName?.StartsWith(Set, StringComparison.Ordinal) == true)
            {
                watcher.OnSet(timer, unchecked((uint)dueTime));
            }
        }
        finally
        {
            s_isLooking = false;
        }
    }
}

using UserTcp.Engine.Contract;

namespace UserTcp.Recording;

/// <summary>The number and the time that a stack has given to an event.</summary>
/// <param name="Number">The number.</param>
/// <param name="Time">The time.</param>
internal readonly record struct EventStamp(long Number, MonotonicTime Time);

/// <summary>Numbers the events of all loops, and passes them on to all watchers.</summary>
internal interface IEventStamper
{
    /// <summary>Passes an event on, and returns what it was stamped with.</summary>
    EventStamp Pass(in TraceEvent traceEvent);
}

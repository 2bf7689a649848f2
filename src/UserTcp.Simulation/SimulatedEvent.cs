using UserTcp.Engine.Contract;

namespace UserTcp.Simulation;

/// <summary>One line of the trace of a run.</summary>
/// <param name="Time">The virtual time.</param>
/// <param name="Host">The host's name; "world" for what befalls both.</param>
/// <param name="Event">An event of the host's engine, or of the link that it sends on; null for a note.</param>
/// <param name="Note">What has happened outside of an engine, in a few words; null for an event.</param>
public readonly record struct SimulatedEvent(MonotonicTime Time, string Host, TraceEvent? Event, string? Note);

namespace UserTcp.Engine.Contract;

/// <summary>
/// Observes an engine. The engine's thread calls it within a turn. It must be quick, must not throw, and must not call
/// the engine.
/// </summary>
public interface IEngineObserver
{
    /// <summary>Something happened: a segment, a timer, a user call, or an effect of one.</summary>
    void OnEvent(in TraceEvent traceEvent);
}

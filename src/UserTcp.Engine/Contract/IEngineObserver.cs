namespace UserTcp.Engine.Contract;

/// <summary>
/// Observes an engine. The engine's thread calls it within a turn. It must be quick, must not throw, and must not call
/// the engine.
/// </summary>
public interface IEngineObserver
{
    /// <summary>
    /// False while the observer can take no event. The engine then makes none, which saves most of their cost, and
    /// counts them. Asked before each event.
    /// </summary>
    bool IsReady => true;

    /// <summary>Something happened: a segment, a timer, a user call, or an effect of one.</summary>
    void OnEvent(in TraceEvent traceEvent);

    /// <summary>
    /// So many events happened while the observer was not ready. Called before the next event.
    /// </summary>
    void OnMissed(long count)
    {
    }
}

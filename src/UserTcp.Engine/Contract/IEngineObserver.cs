namespace UserTcp.Engine.Contract;

/// <summary>
/// Observes an engine. The engine's thread calls it within a turn. It must be quick, must not throw, and must not call
/// the engine.
/// </summary>
public interface IEngineObserver
{
    /// <summary>A segment was sent or handled.</summary>
    void OnSegment(in SegmentObservation observation);
}

using System.Diagnostics;

namespace UserTcp.Engine.State;

/// <summary>
/// The connection that the engine is handling. Leaving it updates the timer queue and the memory account, and queues
/// the connection for output, so that no event has to. A fault costs the connection that is entered
/// (docs/decisions/0034).
/// </summary>
internal sealed class CurrentConnection(EngineState engine)
{
    /// <summary>The connection; null when there is none.</summary>
    public Tcb? Tcb { get; private set; }

    /// <summary>
    /// The code that runs belongs to no connection and touches no shared state: a fault costs one frame.
    /// </summary>
    public bool IsStateless { get; private set; }

    /// <summary>
    /// In debug builds the connection that was left last, for the check of its invariants; else null.
    /// </summary>
    public Tcb? LastLeft { get; private set; }

    /// <summary>Enters a connection and unparks it. The previous one is left.</summary>
    public void Enter(Tcb tcb)
    {
        var isNew = Tcb != tcb;
        if (isNew)
            Leave();
        IsStateless = false;
        Tcb = tcb;
        tcb.Unpark();
        if (isNew)
            engine.Trace.Begin(tcb);
    }

    /// <summary>Enters code that reads or changes shared state: a fault there costs the engine.</summary>
    public void EnterShared()
    {
        Leave();
        IsStateless = false;
    }

    /// <summary>Enters code that belongs to no connection: a fault there costs one frame.</summary>
    public void EnterStateless()
    {
        Leave();
        IsStateless = true;
    }

    /// <summary>Leaves the connection, if there is one.</summary>
    /// <param name="hasOutput">False when it is certain that there is nothing new to send.</param>
    public void Leave(bool hasOutput = true)
    {
        if (Tcb is not { } tcb)
            return;
        engine.Trace.End(tcb);
        if (tcb.IsLive)
        {
            engine.Timers.Update(tcb);
            engine.Memory.Update(ref tcb.CountedMemory, tcb.Memory);
            if (hasOutput)
                engine.Output.Add(tcb);
        }

        RememberLeft(tcb);
        Tcb = null;
    }

    [Conditional("DEBUG")]
    private void RememberLeft(Tcb tcb) => LastLeft = tcb;
}

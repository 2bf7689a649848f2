namespace UserTcp.Engine.State;

/// <summary>
/// The connection that the engine is handling. Leaving it puts its timers in order, counts its memory and queues it for output, whatever
/// was changed: no event has to remember to do so. A fault costs the connection that is entered (docs/decisions/0034).
/// </summary>
internal sealed class CurrentConnection(EngineState engine)
{
    /// <summary>The connection; null when there is none.</summary>
    public Tcb? Tcb { get; private set; }

    /// <summary>What is handled belongs to no connection and touches nothing shared: a fault costs one frame.</summary>
    public bool IsStateless { get; private set; }

    /// <summary>Enters a connection and unparks it. The one before is left.</summary>
    public void Enter(Tcb tcb)
    {
        if (Tcb != tcb)
            Leave();
        IsStateless = false;
        Tcb = tcb;
        tcb.Unpark();
    }

    /// <summary>Enters code that reads or changes what connections share: a fault there costs the engine.</summary>
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
    /// <param name="hasOutput">False when the connection has just been found to have nothing to send.</param>
    public void Leave(bool hasOutput = true)
    {
        if (Tcb is not { } tcb)
            return;
        if (tcb.IsLive)
        {
            engine.Timers.Update(tcb);
            engine.Memory.Update(ref tcb.CountedMemory, tcb.Memory);
            if (hasOutput)
                engine.Output.Add(tcb);
        }

        Tcb = null;
    }
}

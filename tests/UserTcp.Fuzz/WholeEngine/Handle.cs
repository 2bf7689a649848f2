using UserTcp.Engine.State;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>The application's view of a connection.</summary>
internal sealed class Handle(Tcb tcb)
{
    public Tcb Tcb { get; } = tcb;

    /// <summary>Bytes received so far.</summary>
    public uint Received { get; set; }

    /// <summary>Received bytes not yet reported as consumed.</summary>
    public int Unconsumed { get; set; }

    /// <summary>Bytes queued for sending.</summary>
    public int Written { get; set; }

    public bool IsShut { get; set; }
}

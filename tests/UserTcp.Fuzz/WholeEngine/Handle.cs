using UserTcp.Engine.State;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>A connection as its application has it.</summary>
internal sealed class Handle(Tcb tcb)
{
    public Tcb Tcb { get; } = tcb;

    /// <summary>Bytes taken so far.</summary>
    public uint Taken { get; set; }

    /// <summary>Bytes taken that the engine has not been told of as consumed.</summary>
    public int Unconsumed { get; set; }

    /// <summary>Bytes given to be sent.</summary>
    public int Written { get; set; }

    public bool IsShut { get; set; }
}

using System.Runtime.ExceptionServices;

namespace UserTcp.Loop;

/// <summary>Wakes a loop because of what has happened on another one of its stack; with a fault, to end it as well.</summary>
internal sealed class Nudge(Exception? fault = null) : LoopRequest
{
    /// <inheritdoc/>
    internal override void Run(EngineDriver host)
    {
        if (fault is not null)
            ExceptionDispatchInfo.Throw(fault);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // It has ended already.
    }
}

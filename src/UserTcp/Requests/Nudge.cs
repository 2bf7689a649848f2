using System.Runtime.ExceptionServices;

namespace UserTcp.Requests;

/// <summary>Wakes a loop because of something on another loop of its stack; with a fault, it ends the loop.</summary>
internal sealed class Nudge(Exception? fault = null) : LoopRequest
{
    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        if (fault is not null)
            ExceptionDispatchInfo.Throw(fault);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // The loop has ended already.
    }
}

namespace UserTcp.Loop;

/// <summary>Something that an application thread asks of the loop. The links are in the item itself: queueing allocates nothing.</summary>
internal abstract class LoopRequest
{
    /// <summary>The queue's link; only the queue touches it.</summary>
    internal LoopRequest? NextRequest;

    /// <summary>Does what was asked; on the loop's thread.</summary>
    internal abstract void Run(EngineDriver host);

    /// <summary>The stack has ended and will not do it; on any thread.</summary>
    internal abstract void Fail(Exception error);
}

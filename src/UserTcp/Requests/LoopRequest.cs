namespace UserTcp.Requests;

/// <summary>
/// Something that another thread asks of a loop. The queue's link is in the request itself: queueing allocates nothing.
/// </summary>
internal abstract class LoopRequest
{
    /// <summary>The queue's link; only the queue touches it.</summary>
    internal LoopRequest? NextRequest;

    /// <summary>Does what was asked; on the loop's thread.</summary>
    internal abstract void Run(EngineTurn turn);

    /// <summary>The stack has ended and will not run the request; on any thread.</summary>
    internal abstract void Fail(Exception error);

    /// <summary>Fails a request and all that are linked behind it.</summary>
    internal static void FailChain(LoopRequest? request, Exception error)
    {
        while (request is not null)
        {
            var next = request.NextRequest;
            request.NextRequest = null;
            request.Fail(error);
            request = next;
        }
    }
}

using UserTcp.Engine;

namespace UserTcp.Requests;

/// <summary>
/// A function that a loop calls once for a caller who waits for its result. For rare calls: it allocates.
/// </summary>
/// <param name="function">Called on the loop's thread.</param>
/// <param name="whenEnded">The result when the stack has ended; null makes it the stack's error.</param>
internal sealed class LoopCall<T>(Func<EngineTurn, T> function, Func<T>? whenEnded = null) : LoopRequest
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result.</summary>
    public Task<T> Result => _result.Task;

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        try
        {
            _result.TrySetResult(function(turn));
        }
        catch (Exception exception)
        {
            // The caller's mistake is the caller's exception; a fault of the engine ends the stack as well.
            _result.TrySetException(exception);
            if (exception is EngineFaultException)
                throw;
        }
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        if (whenEnded is null)
            _result.TrySetException(error);
        else
            _result.TrySetResult(whenEnded());
    }
}

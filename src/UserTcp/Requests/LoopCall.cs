namespace UserTcp.Loop;

/// <summary>A function that the loop calls once for somebody who waits for its result. For what is rare.</summary>
/// <param name="function">Called on the loop's thread.</param>
/// <param name="whenEnded">The result when the stack has ended; null makes it the stack's error.</param>
internal sealed class LoopCall<T>(Func<EngineDriver, T> function, Func<T>? whenEnded = null) : LoopRequest
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result.</summary>
    public Task<T> Result => _result.Task;

    /// <inheritdoc/>
    internal override void Run(EngineDriver host)
    {
        try
        {
            _result.TrySetResult(function(host));
        }
        catch (Exception exception)
        {
            // Whoever asked has asked wrongly; the stack has nothing to do with it.
            _result.TrySetException(exception);
            if (exception is Engine.EngineFaultException)
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

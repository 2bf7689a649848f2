using UserTcp.Loop;

namespace UserTcp;

/// <summary>
/// A loop of a stack without a thread of its own: the caller that runs it is its thread. One call at a time; calls of
/// several threads wait for each other. Continuations of the application run inside <see cref="RunUntilIdle"/> where
/// they are inline (<see cref="UserTcpStackOptions.InlineContinuations"/>), else on the thread pool.
/// </summary>
public sealed class UserTcpLoop
{
    private readonly StackLoop _loop;

    internal UserTcpLoop(StackLoop loop) => _loop = loop;

    /// <summary>The name of the device's queue.</summary>
    public string Name => _loop.Name;

    /// <summary>True when the loop has ended with its stack: it need not be run any more.</summary>
    public bool HasEnded => _loop.HasEnded;

    /// <summary>
    /// Runs turns as long as there is something to do: requests, frames, timers that have expired by the stack's
    /// <see cref="UserTcpStackOptions.TimeProvider"/>, frames to send.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loop runs on this thread already.</exception>
    /// <returns>
    /// How long the loop may rest before the next call; infinite when no timer runs. When its device is woken
    /// (<see cref="ILinkDevice.Wake"/>), or has a frame to read, it is to be run earlier.
    /// </returns>
    public TimeSpan RunUntilIdle() => _loop.RunUntilIdle();
}

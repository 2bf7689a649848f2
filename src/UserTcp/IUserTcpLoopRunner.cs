namespace UserTcp;

/// <summary>
/// Runs the loops of stacks in place of threads: a simulation in virtual time, or an event loop of the application's
/// own.
/// </summary>
public interface IUserTcpLoopRunner
{
    /// <summary>
    /// Called once for each loop when a stack starts; must not throw. Call <see cref="UserTcpLoop.RunUntilIdle"/> soon
    /// after, never in this call, and from then on as it says, until the loop has ended: the disposal of the stack
    /// waits for that.
    /// </summary>
    void Add(UserTcpLoop loop);
}

namespace UserTcp.Hosting;

/// <summary>Gives services the application's stack.</summary>
public interface IUserTcpStackProvider
{
    /// <summary>Completes with the stack when it is up; faulted when it could not start.</summary>
    ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default);
}

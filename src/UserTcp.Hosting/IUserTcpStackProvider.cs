namespace UserTcp.Hosting;

/// <summary>Where services get the application's stack from.</summary>
public interface IUserTcpStackProvider
{
    /// <summary>The stack, once it is up; faults with the reason when it could not start.</summary>
    ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default);
}

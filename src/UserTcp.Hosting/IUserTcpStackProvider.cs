using UserTcp.Impairment;

namespace UserTcp.Hosting;

/// <summary>Gives services the application's stack.</summary>
public interface IUserTcpStackProvider
{
    /// <summary>Completes with the stack when it is up; faulted when it could not start.</summary>
    ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The stack's link when it is impaired (<see cref="UserTcpOptions.Impair"/>, in one direction or both); null when
    /// it is not, or before the stack is up. Its impairment can change while the stack runs.
    /// </summary>
    ImpairedDevice? ImpairedLink => null;
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.AspNetCore;

/// <summary>Unhealthy before the stack is up and after it has failed, degraded while memory is short.</summary>
internal sealed class UserTcpHealthCheck(IUserTcpStackProvider stacks) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check(context));

    private HealthCheckResult Check(HealthCheckContext context)
    {
        var starting = stacks.GetStackAsync();
        if (!starting.IsCompletedSuccessfully)
            return new HealthCheckResult(context.Registration.FailureStatus, "The stack is not up.");
        var stack = starting.Result;
        if (stack.Completion.IsCompleted)
        {
            return new HealthCheckResult(
                context.Registration.FailureStatus, "The stack has ended.", stack.Completion.Exception);
        }

        var memory = stack.GetMemoryUsage();
        var text = $"{stack.DeviceName}: {memory.Held} of {memory.Limit} bytes";
        return memory.State == MemoryState.Comfortable
            ? HealthCheckResult.Healthy(text)
            : HealthCheckResult.Degraded($"{text}: memory is short");
    }
}

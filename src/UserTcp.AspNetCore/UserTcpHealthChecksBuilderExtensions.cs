using Microsoft.Extensions.Diagnostics.HealthChecks;
using UserTcp.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the stack to an application's health checks.</summary>
public static class UserTcpHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the application's stack: unhealthy (or <paramref name="failureStatus"/>) when it is not up,
    /// degraded while memory is short.
    /// </summary>
    public static IHealthChecksBuilder AddUserTcp(
        this IHealthChecksBuilder builder, string name = "usertcp", HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<UserTcpHealthCheck>(name, failureStatus, tags ?? []);
    }
}

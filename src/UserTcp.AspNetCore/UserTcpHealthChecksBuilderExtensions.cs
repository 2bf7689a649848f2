using Microsoft.Extensions.Diagnostics.HealthChecks;
using UserTcp.AspNetCore;
using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the stack to an application's health checks.</summary>
public static class UserTcpHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the application's stack: unhealthy (or <paramref name="failureStatus"/>) when it is not up,
    /// degraded while memory is short.
    /// </summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What it reports when the stack is not up; null for unhealthy.</param>
    /// <param name="tags">The check's tags.</param>
    /// <param name="stack">The stack's name; null for the one without a name.</param>
    public static IHealthChecksBuilder AddUserTcp(
        this IHealthChecksBuilder builder, string name = "usertcp", HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null, string? stack = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new UserTcpHealthCheck(services.GetRequiredStack(stack ?? "")),
            failureStatus, tags));
    }
}

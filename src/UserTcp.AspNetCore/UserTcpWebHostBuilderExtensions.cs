using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using UserTcp.AspNetCore;
using UserTcp.Hosting;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Lets Kestrel serve on a stack.</summary>
public static class UserTcpWebHostBuilderExtensions
{
    /// <summary>
    /// Serves end points whose address is the stack's own (<c>--urls http://198.18.0.2</c>) over the stack, and all
    /// others over sockets of the kernel. Needs <see cref="UserTcpServiceCollectionExtensions.AddUserTcp(
    /// IServiceCollection, Action{UserTcp.Hosting.UserTcpOptions}?)"/>.
    /// </summary>
    public static IWebHostBuilder UseUserTcp(this IWebHostBuilder builder) =>
        builder.UseStack(Options.DefaultName);

    /// <summary>As <see cref="UseUserTcp(IWebHostBuilder)"/>, for a stack with a name; to be called for each.</summary>
    public static IWebHostBuilder UseUserTcp(this IWebHostBuilder builder, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return builder.UseStack(name);
    }

    private static IWebHostBuilder UseStack(this IWebHostBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.TryAddEnumerable(
                ServiceDescriptor.Singleton<IConnectionListenerFactory, UserTcpTransportFactory>());
            services.AddSingleton(provider => CreateStack(provider, name));
        });
    }

    private static TransportStack CreateStack(IServiceProvider services, string name)
    {
        var argument = name == Options.DefaultName ? "" : $"\"{name}\"";
        return services.GetOfStack<IUserTcpStackProvider>(name) is { } stack
            ? new TransportStack(
                stack, services.GetRequiredService<IOptionsMonitor<UserTcpOptions>>().Get(name))
            : throw new InvalidOperationException(
                $"UseUserTcp({argument}) needs a stack that was not added. "
                + $"Call builder.Services.AddUserTcp({argument}).");
    }
}

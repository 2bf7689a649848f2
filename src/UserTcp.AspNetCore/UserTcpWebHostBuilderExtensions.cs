using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.AspNetCore;
using UserTcp.Hosting;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Lets Kestrel serve on the stack.</summary>
public static class UserTcpWebHostBuilderExtensions
{
    /// <summary>
    /// Serves end points whose address is the stack's own (<c>--urls http://198.18.0.2</c>) over the stack, and all
    /// others over sockets of the kernel. Needs <see cref="UserTcpServiceCollectionExtensions.AddUserTcp(
    /// IServiceCollection, Action{UserTcp.Hosting.UserTcpOptions}?)"/>.
    /// </summary>
    public static IWebHostBuilder UseUserTcp(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services => services.AddSingleton(CreateFactory));
    }

    private static IConnectionListenerFactory CreateFactory(IServiceProvider services) =>
        services.GetService<IUserTcpStackProvider>() is not null
            ? ActivatorUtilities.CreateInstance<UserTcpTransportFactory>(services)
            : throw new InvalidOperationException(
                "UseUserTcp needs a stack, and none was added. Call builder.Services.AddUserTcp().");
}

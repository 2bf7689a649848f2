using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the clients of IHttpClientFactory connect over the stack.</summary>
public static class UserTcpHttpClientBuilderExtensions
{
    /// <summary>
    /// Makes the client open its connections over the application's stack, without proxies. Needs
    /// <see cref="UserTcpServiceCollectionExtensions.AddUserTcp(IServiceCollection, Action{UserTcpOptions}?)"/>.
    /// </summary>
    public static IHttpClientBuilder UseUserTcp(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseSocketsHttpHandler((handler, services) =>
        {
            var stacks = services.GetRequiredService<IUserTcpStackProvider>();
            handler.UseUserTcp(token => stacks.GetStackAsync(token));
        });
    }
}

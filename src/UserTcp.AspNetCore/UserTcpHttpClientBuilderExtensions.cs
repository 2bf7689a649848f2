using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets the clients of IHttpClientFactory connect over the stack.</summary>
public static class UserTcpHttpClientBuilderExtensions
{
    /// <summary>
    /// Makes the client open its connections over the application's stack, without proxies. Needs
    /// <see cref="UserTcpServiceCollectionExtensions.AddUserTcp(IServiceCollection, Action{UserTcpOptions}?)"/>.
    /// </summary>
    public static IHttpClientBuilder UseUserTcp(this IHttpClientBuilder builder) =>
        builder.UseStack("");

    /// <summary>As <see cref="UseUserTcp(IHttpClientBuilder)"/>, over a stack with a name.</summary>
    public static IHttpClientBuilder UseUserTcp(this IHttpClientBuilder builder, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return builder.UseStack(name);
    }

    private static IHttpClientBuilder UseStack(this IHttpClientBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseSocketsHttpHandler((handler, services) =>
        {
            var stack = services.GetRequiredStack(name);
            handler.UseUserTcp(token => stack.GetStackAsync(token));
        });
    }
}

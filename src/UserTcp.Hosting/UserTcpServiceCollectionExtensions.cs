using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using UserTcp;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a UserTcp stack to an application.</summary>
public static class UserTcpServiceCollectionExtensions
{
    /// <summary>
    /// Adds the stack as a hosted service over a TUN device, configured by the section "UserTcp" and then by
    /// <paramref name="configure"/>. Services get it from <see cref="IUserTcpStackProvider"/>. An
    /// <see cref="IEngineObserver"/> among the services observes it. Once the host has started, services can also ask
    /// for the <see cref="UserTcpStack"/> itself.
    /// </summary>
    public static IServiceCollection AddUserTcp(
        this IServiceCollection services, Action<UserTcpOptions>? configure = null) =>
        services.AddUserTcp(configure, TunDeviceFactory.Open);

    /// <summary>
    /// As <see cref="AddUserTcp(IServiceCollection, Action{UserTcpOptions}?)"/>, over a device of the application's
    /// own.
    /// </summary>
    public static IServiceCollection AddUserTcp(
        this IServiceCollection services, Action<UserTcpOptions>? configure, DeviceFactory openDevice)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(openDevice);
        var options = services.AddOptions<UserTcpOptions>().BindConfiguration(UserTcpOptions.SectionName);
        if (configure is not null)
            options.Configure(configure);
        options.ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<UserTcpOptions>, UserTcpOptionsDefaults>());
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<UserTcpOptions>, UserTcpOptionsValidator>());
        services.TryAddSingleton(openDevice);
        services.TryAddSingleton<UserTcpService>();
        services.TryAddSingleton<IUserTcpStackProvider>(provider => provider.GetRequiredService<UserTcpService>());
        services.TryAddSingleton(StackOf);
        services.AddHostedService(provider => provider.GetRequiredService<UserTcpService>());
        return services;
    }

    /// <summary>The stack as a service. It is up once any hosted service or endpoint starts.</summary>
    private static UserTcpStack StackOf(IServiceProvider services)
    {
        var stack = services.GetRequiredService<IUserTcpStackProvider>().GetStackAsync();
        return stack.IsCompleted
            ? stack.GetAwaiter().GetResult()
            : throw new InvalidOperationException(
                "The stack is not up before the host starts. Ask for it later, or await "
                + $"{nameof(IUserTcpStackProvider)}.{nameof(IUserTcpStackProvider.GetStackAsync)}().");
    }
}

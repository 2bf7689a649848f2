using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a UserTcp stack to an application.</summary>
public static class UserTcpServiceCollectionExtensions
{
    /// <summary>
    /// Adds the stack as a hosted service over a TUN device, configured by the section "UserTcp" and then by
    /// <paramref name="configure"/>. Services get it from <see cref="IUserTcpStackProvider"/>. An
    /// <see cref="IEngineObserver"/> among the services observes it. The host's shutdown
    /// timeout becomes <see cref="UserTcpOptions.DrainTimeout"/>.
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
        services.AddOptions<HostOptions>().Configure<IOptions<UserTcpOptions>>(LimitShutdown);
        services.TryAddSingleton(openDevice);
        services.TryAddSingleton<UserTcpService>();
        services.TryAddSingleton<IUserTcpStackProvider>(provider => provider.GetRequiredService<UserTcpService>());
        services.AddHostedService(provider => provider.GetRequiredService<UserTcpService>());
        return services;
    }

    private static void LimitShutdown(HostOptions host, IOptions<UserTcpOptions> stack)
    {
        try
        {
            host.ShutdownTimeout = stack.Value.DrainTimeout;
        }
        catch (OptionsValidationException)
        {
            // This runs while the host is built. The start of the host reports the same error.
        }
    }
}

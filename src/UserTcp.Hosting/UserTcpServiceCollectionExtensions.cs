using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using UserTcp;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds UserTcp stacks to an application.</summary>
public static class UserTcpServiceCollectionExtensions
{
    /// <summary>
    /// Adds the stack as a hosted service over a TUN device, configured by the section "UserTcp" and then by
    /// <paramref name="configure"/>. Services get it from <see cref="IUserTcpStackProvider"/>. An
    /// <see cref="IEngineObserver"/> among the services observes it, and a <see cref="UserTcpNameResolver"/> resolves
    /// its names. A <see cref="CaptureRing"/> keeps its last frames, and a <see cref="UserTcpRecording"/> its inputs,
    /// unless <see cref="UserTcpOptions.RecordFile"/> names a file for them. Once the host has started, services can
    /// also ask for the <see cref="UserTcpStack"/> itself.
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
        if (Add(services, Options.Options.DefaultName, configure, openDevice))
        {
            services.TryAddSingleton<IUserTcpStackProvider>(provider =>
                ServiceOf(provider, Options.Options.DefaultName));
            services.TryAddSingleton(provider => StackOf(provider.GetRequiredService<IUserTcpStackProvider>()));
        }

        return services;
    }

    /// <summary>
    /// Adds one of several stacks, configured by the section "UserTcp:Stacks:" and its name. Services get it by that
    /// name as a key: <c>[FromKeyedServices("inside")] IUserTcpStackProvider</c>, or the <see cref="UserTcpStack"/>
    /// itself once the host has started. Its observer and its resolver have the same key.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The stack's name.</param>
    /// <param name="configure">Sets options after the configuration.</param>
    /// <param name="openDevice">Opens the link; null for a TUN device.</param>
    public static IServiceCollection AddUserTcp(
        this IServiceCollection services, string name, Action<UserTcpOptions>? configure = null,
        DeviceFactory? openDevice = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException(
                $"'{name}' has a colon, which a key of the configuration cannot have.", nameof(name));
        if (Add(services, name, configure, openDevice ?? TunDeviceFactory.Open))
        {
            services.TryAddKeyedSingleton<IUserTcpStackProvider>(
                name, static (provider, key) => ServiceOf(provider, key));
            services.TryAddKeyedSingleton(
                name, static (provider, key) => StackOf(provider.GetRequiredKeyedService<IUserTcpStackProvider>(key)));
        }

        return services;
    }

    /// <summary>Adds a stack, or only configures it once more. True when it is new.</summary>
    private static bool Add(
        IServiceCollection services, string name, Action<UserTcpOptions>? configure, DeviceFactory openDevice)
    {
        var stack = new StackName(name);
        var isNew = !services.Any(service => stack.Equals(service.ImplementationInstance));
        if (services.Any(service => service.ImplementationInstance is StackName other && other.IsConfusedWith(stack)))
            throw new ArgumentException($"Another stack has the name '{name}' in other letters.", nameof(name));
        if (isNew)
        {
            services.AddSingleton(stack);
            // Before the binder, which would hide what is wrong.
            services.AddSingleton<IConfigureOptions<UserTcpOptions>>(provider => new ConfigurationCheck(
                stack, provider.GetRequiredService<IConfiguration>(), provider.GetServices<StackName>()));
            services.AddOptions<UserTcpOptions>(name).BindConfiguration(stack.Section).ValidateOnStart();
            services.TryAddEnumerable(
                ServiceDescriptor.Singleton<IPostConfigureOptions<UserTcpOptions>, UserTcpOptionsDefaults>());
            services.TryAddEnumerable(
                ServiceDescriptor.Singleton<IValidateOptions<UserTcpOptions>, UserTcpOptionsValidator>());
            services.AddKeyedSingleton(name, (provider, _) => CreateService(provider, name, openDevice));
            services.AddSingleton<IHostedService>(provider => ServiceOf(provider, name));
        }

        if (configure is not null)
            services.Configure(name, configure);
        return isNew;
    }

    private static UserTcpService CreateService(IServiceProvider services, string name, DeviceFactory openDevice)
    {
        return new UserTcpService(
            services.GetRequiredService<IOptionsMonitor<UserTcpOptions>>().Get(name), openDevice,
            new StackParts(
                services.GetOfStack<IEngineObserver>(name), services.GetOfStack<UserTcpNameResolver>(name),
                services.GetService<IMeterFactory>(), services.GetOfStack<CaptureRing>(name),
                services.GetOfStack<UserTcpRecording>(name)),
            services.GetRequiredService<IHostApplicationLifetime>(),
            services.GetRequiredService<ILogger<UserTcpService>>());
    }

    private static UserTcpService ServiceOf(IServiceProvider services, object? name) =>
        services.GetRequiredKeyedService<UserTcpService>(name);

    /// <summary>The stack as a service. It is up once any hosted service or endpoint starts.</summary>
    private static UserTcpStack StackOf(IUserTcpStackProvider provider)
    {
        var stack = provider.GetStackAsync();
        return stack.IsCompleted
            ? stack.GetAwaiter().GetResult()
            : throw new InvalidOperationException(
                "The stack is not up before the host starts. Ask for it later, or await "
                + $"{nameof(IUserTcpStackProvider)}.{nameof(IUserTcpStackProvider.GetStackAsync)}().");
    }
}

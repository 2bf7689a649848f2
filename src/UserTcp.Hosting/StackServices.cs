using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace UserTcp.Hosting;

/// <summary>Finds the services of a stack: its name is their key, and without a name they have none.</summary>
public static class StackServices
{
    /// <summary>The stack's service; null when there is none.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The stack's name; empty for the one without a name.</param>
    public static T? GetOfStack<T>(this IServiceProvider services, string name)
        where T : class =>
        name == Options.DefaultName ? services.GetService<T>() : services.GetKeyedService<T>(name);

    /// <summary>The stack.</summary>
    /// <exception cref="InvalidOperationException">The application has no stack of that name.</exception>
    /// <inheritdoc cref="GetOfStack{T}"/>
    public static IUserTcpStackProvider GetRequiredStack(this IServiceProvider services, string name) =>
        services.GetOfStack<IUserTcpStackProvider>(name)
        ?? throw new InvalidOperationException(name == Options.DefaultName
            ? "There is no stack. Call AddUserTcp()."
            : $"There is no stack '{name}'. Call AddUserTcp(\"{name}\").");
}

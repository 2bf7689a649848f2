using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>
/// Refuses keys of a stack's configuration section that are no options, and values that an option cannot have. The
/// binder, which comes after it, ignores the former and names no choices for the latter.
/// </summary>
/// <param name="stack">The stack.</param>
/// <param name="configuration">The application's configuration.</param>
/// <param name="stacks">All stacks of the application.</param>
internal sealed class ConfigurationCheck(
    StackName stack, IConfiguration configuration, IEnumerable<StackName> stacks)
    : IConfigureNamedOptions<UserTcpOptions>
{
    public void Configure(string? name, UserTcpOptions options)
    {
        if (name != stack.Name)
            return;
        var problems = new List<string>();
        if (stack == stacks.First())
            CheckStacks(problems);
        Check(configuration.GetSection(stack.Section), typeof(UserTcpOptions), problems);
        if (problems.Count > 0)
            throw new OptionsValidationException(name, typeof(UserTcpOptions), problems);
    }

    public void Configure(UserTcpOptions options) => Configure(Options.DefaultName, options);

    /// <summary>A section for a stack that the application does not have is a typing error.</summary>
    private void CheckStacks(List<string> problems)
    {
        string[] known = [.. stacks.Select(stack => stack.Name).Where(stack => stack.Length > 0)];
        foreach (var section in configuration.GetSection(StackName.StacksSection).GetChildren())
        {
            if (!known.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add(known.Length == 0
                    ? $"{section.Path}: the application has no named stack (AddUserTcp(\"{section.Key}\"))."
                    : $"{section.Path}: the application has no stack of this name; it has {string.Join(", ", known)}.");
            }
        }
    }

    private static void Check(
        IConfigurationSection section,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, List<string> problems)
    {
        var options = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsOption).ToArray();
        foreach (var child in section.GetChildren())
        {
            var option = Array.Find(
                options, option => option.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (option is null)
            {
                if (!child.Path.Equals(StackName.StacksSection, StringComparison.OrdinalIgnoreCase))
                    problems.Add($"{child.Path} is no option. There are {Names(options)}.");
            }
            else if (option.PropertyType == typeof(EngineOptions))
            {
                Check(child, typeof(EngineOptions), problems);
            }
            else if (IsList(option))
            {
                if (!child.GetChildren().Any() && !string.IsNullOrEmpty(child.Value))
                    problems.Add($"{child.Path} is '{child.Value}'; it must be a list ({child.Path}:0, :1, ...).");
            }
            else if (Expectation(option.PropertyType, child) is { } expected)
            {
                problems.Add($"{child.Path} is '{child.Value}'; it must be {expected}.");
            }
        }
    }

    private static bool IsOption(PropertyInfo property) =>
        property.PropertyType == typeof(EngineOptions) || IsList(property)
        || (property.SetMethod is { IsPublic: true } && IsScalar(Underlying(property.PropertyType)));

    private static bool IsList(PropertyInfo property) => property.PropertyType == typeof(IList<string>);

    private static bool IsScalar(Type type) =>
        type.IsEnum || type == typeof(TimeSpan) || (type.IsPrimitive && type != typeof(IntPtr))
        || type == typeof(string);

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static string Names(IEnumerable<PropertyInfo> options) =>
        string.Join(", ", options.Select(option => option.Name).Order(StringComparer.Ordinal));

    /// <summary>What the value should be; null when it is that.</summary>
    private static string? Expectation(Type wanted, IConfigurationSection section)
    {
        if (section.Value is not { } value)
            return section.GetChildren().Any() ? "one value, not a section" : null;
        var type = Underlying(wanted);
        if (type == typeof(string) || (value.Length == 0 && type != wanted))
            return null;
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"one of {string.Join(", ", Enum.GetNames(type))}";
        }

        if (type == typeof(bool))
            return bool.TryParse(value, out _) ? null : "true or false";
        if (type == typeof(TimeSpan))
        {
            return TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out _)
                ? null
                : "a time, such as 00:00:01.5 for one and a half seconds";
        }

        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && (type == typeof(long) || number is >= int.MinValue and <= int.MaxValue)
            ? null
            : "a whole number";
    }
}

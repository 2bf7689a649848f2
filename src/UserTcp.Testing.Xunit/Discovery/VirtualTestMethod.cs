using System.Reflection;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Discovery;

/// <summary>
/// A method whose first parameter is the network of a run, which is not known before. Its data begin after it; the
/// place of the network is null.
/// </summary>
internal sealed class VirtualTestMethod : XunitTestMethod, IXunitTestMethod
{
    /// <summary>How a name shows the place of the network.</summary>
    private readonly Lazy<string> _place;

    /// <summary>For xunit, which reads it from a string.</summary>
    [Obsolete("For xunit.")]
    public VirtualTestMethod() => _place = new Lazy<string>(() => $"({Method.GetParameters()[0].Name}: null");

    /// <summary>As the method that xunit has found.</summary>
    public VirtualTestMethod(IXunitTestMethod found)
        : base(found.TestClass, found.Method, found.TestMethodArguments) =>
        _place = new Lazy<string>(() => $"({Method.GetParameters()[0].Name}: null");

    /// <summary>True when the first parameter is a network.</summary>
    public static bool HasNetwork(MethodInfo method) =>
        method.GetParameters() is [{ ParameterType: var type }, ..] && type == typeof(VirtualNetwork);

    /// <summary>The method as it was found, or with a place for the network.</summary>
    public static IXunitTestMethod Of(IXunitTestMethod found) =>
        HasNetwork(found.Method) ? new VirtualTestMethod(found) : found;

    object?[] IXunitTestMethod.ResolveMethodArguments(object?[] arguments) =>
        ResolveMethodArguments([null, .. arguments]);

    string IXunitTestMethod.GetDisplayName(
        string baseDisplayName, string? label, object?[]? testMethodArguments, Type[]? methodGenericTypes)
    {
        var name = GetDisplayName(baseDisplayName, label, testMethodArguments, methodGenericTypes);
        var at = name.IndexOf(_place.Value, baseDisplayName.Length, StringComparison.Ordinal);
        if (at < 0)
            return name;
        var rest = name[(at + _place.Value.Length)..];
        return rest.StartsWith(", ", StringComparison.Ordinal)
            ? $"{name[..at]}({rest[2..]}"
            : name[..at];
    }
}

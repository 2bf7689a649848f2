using System.Diagnostics;
using System.Globalization;

namespace UserTcp.Testing.Detection;

/// <summary>Finds the line of the user's code in the stack of a thread.</summary>
internal static class UserLine
{
    private const int MaxFrames = 20;

    /// <summary>The beginnings of the names of libraries' assemblies.</summary>
    private static readonly string[] _libraries =
        ["System.", "Microsoft.", "xunit.", "Grpc.", "Polly.", "Castle.", "nunit.", "NUnit", "TUnit."];

    /// <summary>Whole names of assemblies: ours, and one more.</summary>
    private static readonly HashSet<string> _ours =
    [
        "Polly", "UserTcp", "UserTcp.AspNetCore", "UserTcp.Capture", "UserTcp.Engine", "UserTcp.Hosting",
        "UserTcp.Impairment", "UserTcp.Testing", "UserTcp.Testing.Xunit", "UserTcp.Wire",
    ];

    /// <summary>"at Shop.Cart.PayAsync in Cart.cs:line 12"; null when no frame is the user's.</summary>
    public static string? Find(StackTrace stack)
    {
        foreach (var frame in stack.GetFrames())
        {
            var method = frame.GetMethod();
            if (method?.DeclaringType is not { } type || IsLibrary(type))
                continue;
            var place = frame.GetFileName() is { } file
                ? string.Create(CultureInfo.InvariantCulture, $" in {file}:line {frame.GetFileLineNumber()}")
                : "";
            return $"at {NameOf(type, method.Name)}{place}";
        }

        return null;
    }

    /// <summary>The frames of a stack without those of the runtime, at most 20.</summary>
    public static string Shorten(StackTrace stack) => string.Join('\n', stack.ToString().Split('\n')
        .Where(line => !line.Contains(" System.Diagnostics.Tracing.", StringComparison.Ordinal)
            && !line.Contains(" System.Runtime.CompilerServices.", StringComparison.Ordinal))
        .Take(MaxFrames).Select(line => line.TrimEnd()));

    /// <summary>As <see cref="Find"/>, of this thread.</summary>
    public static string? FindHere() => Find(new StackTrace(1, fNeedFileInfo: true));

    /// <summary>True for a type of .NET, of ours or of a well-known library.</summary>
    public static bool IsLibrary(Type type)
    {
        var assembly = type.Assembly.GetName().Name ?? "";
        return _ours.Contains(assembly)
            || _libraries.Any(library => assembly.StartsWith(library, StringComparison.Ordinal));
    }

    /// <summary>
    /// The method as it was written: functions inside of it and asynchronous ones have names of the compiler's.
    /// </summary>
    private static string NameOf(Type type, string method)
    {
        while (type.DeclaringType is { } outer && type.Name.StartsWith('<'))
        {
            method = type.Name.StartsWith("<>", StringComparison.Ordinal) ? method : type.Name;
            type = outer;
        }

        var written = method.Split('<', '>').FirstOrDefault(part => part.Length > 0) ?? method;
        return $"{type.FullName}.{(method.StartsWith('<') ? written : method)}";
    }
}

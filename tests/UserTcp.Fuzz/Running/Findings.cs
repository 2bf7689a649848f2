using System.Runtime.CompilerServices;

namespace UserTcp.Fuzz.Running;

/// <summary>A finding: the kind names the broken rule, the message the details.</summary>
internal sealed class FindingException(string kind, string message) : Exception(message)
{
    /// <summary>The broken rule; a shrunk input has to break the same one.</summary>
    public string Kind { get; } = kind;

    /// <summary>Throws unless the rule holds.</summary>
    public static void Require(bool holds, string kind, string message)
    {
        if (!holds)
            throw new FindingException(kind, message);
    }

    /// <summary>The same with a message that is formatted only on failure.</summary>
    public static void Require(
        bool holds, string kind, [InterpolatedStringHandlerArgument(nameof(holds))] ref FindingMessage message)
    {
        if (!holds)
            throw new FindingException(kind, message.ToStringAndClear());
    }

    /// <summary>The kind of any exception: that of a finding, or the place that threw.</summary>
    public static string KindOf(Exception exception) => exception is FindingException finding
        ? finding.Kind
        : $"{exception.GetType().Name} in {Thrower(exception)}";

    private static string Thrower(Exception exception)
    {
        var trace = new System.Diagnostics.StackTrace(exception);
        foreach (var frame in trace.GetFrames())
        {
            if (frame.GetMethod() is { DeclaringType: { } type } method
                && type.Namespace?.StartsWith("UserTcp", StringComparison.Ordinal) == true)
            {
                return $"{type.Name}.{method.Name}";
            }
        }

        return exception.TargetSite?.Name ?? "?";
    }
}

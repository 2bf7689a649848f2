using System.Text.Json.Serialization;
using UserTcp.Cli.Lab.Traffic;

namespace UserTcp.Cli.Lab;

/// <summary>The types of the page's data.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LabProblem))]
[JsonSerializable(typeof(LabNotice))]
[JsonSerializable(typeof(ImpairmentNotice))]
[JsonSerializable(typeof(ReasonRow[]))]
[JsonSerializable(typeof(TransitionRow[]))]
[JsonSerializable(typeof(LessonRow[]))]
[JsonSerializable(typeof(TrafficRequest))]
[JsonSerializable(typeof(TrafficRow))]
[JsonSerializable(typeof(TrafficRow[]))]
internal sealed partial class LabJson : JsonSerializerContext;

/// <summary>Why a request is refused.</summary>
internal sealed record LabProblem(string Error);

/// <summary>A service and its port.</summary>
internal sealed record ServiceRow(string Name, int Port);

/// <summary>What the page shows, and what it may do.</summary>
internal sealed record LabNotice
{
    public required string Device { get; init; }

    public required IReadOnlyList<string> Addresses { get; init; }

    public required IReadOnlyList<string> KernelAddresses { get; init; }

    public required int Pid { get; init; }

    public required string Version { get; init; }

    public required string CongestionControl { get; init; }

    /// <summary>The impairments in force; null when the link cannot be impaired.</summary>
    public required ImpairmentNotice? Impairment { get; init; }

    public required IReadOnlyList<ServiceRow> Services { get; init; }

    /// <summary>The page may change the impairment of the link.</summary>
    public required bool CanBreak { get; init; }

    /// <summary>The page may make connections.</summary>
    public required bool CanMakeTraffic { get; init; }

    /// <summary>The command line that starts a lab like this one, without impairments.</summary>
    public required string Command { get; init; }
}

/// <summary>The impairments of a link as <c>--impair</c> takes them, empty for none.</summary>
/// <param name="FromStack">That of what the stack sends.</param>
/// <param name="ToStack">That of what it receives.</param>
/// <param name="IsSplit">Each direction has its own; false when one impairment is for both.</param>
/// <param name="Command">The command line that has them from the start.</param>
internal sealed record ImpairmentNotice(string FromStack, string ToStack, bool IsSplit, string Command);

/// <summary>An entry of the table of reasons.</summary>
internal sealed record ReasonRow(string Id, string Source, string Severity, string? Wireshark, string En, string Ko);

/// <summary>A lesson, and how many claims it checks.</summary>
internal sealed record LessonRow(string Name, string Title, int Claims);

/// <summary>A transition of RFC 9293 figure 5.</summary>
internal sealed record TransitionRow(string From, string To, string Cause);

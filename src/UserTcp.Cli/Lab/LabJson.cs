using System.Text.Json.Serialization;
using UserTcp.Cli.Lab.Traffic;
using UserTcp.Cli.Replaying;

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
[JsonSerializable(typeof(KeptNotice))]
[JsonSerializable(typeof(ReplayNotice))]
[JsonSerializable(typeof(ReplayTotals))]
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

/// <summary>What a page can save.</summary>
/// <param name="Frames">Frames that are kept.</param>
/// <param name="DroppedFrames">Older ones that are gone.</param>
/// <param name="MaxFrameBytes">Max bytes of the frames that are kept.</param>
/// <param name="HasRecording">There is a recording that can be saved.</param>
/// <param name="HasEnded">There was one, which has ended at its limit.</param>
/// <param name="MaxRecordingBytes">The limit.</param>
internal sealed record KeptNotice(
    int Frames, long DroppedFrames, int MaxFrameBytes, bool HasRecording, bool HasEnded, long MaxRecordingBytes);

/// <summary>The first line of a replay.</summary>
/// <param name="Verdict">The number of the link's event that the replay leaves out.</param>
/// <param name="Outbound">The frame was one of ours.</param>
/// <param name="Command">The command line that does the same.</param>
internal sealed record ReplayNotice(long Verdict, bool Outbound, string Command);

/// <summary>The last line of a replay.</summary>
internal sealed record ReplayTotals(LossTotals Recorded, LossTotals Without);

/// <summary>An entry of the table of reasons.</summary>
internal sealed record ReasonRow(string Id, string Source, string Severity, string? Wireshark, string En, string Ko);

/// <summary>A lesson, and how many claims it checks.</summary>
internal sealed record LessonRow(string Name, string Title, int Claims);

/// <summary>A transition of RFC 9293 figure 5.</summary>
internal sealed record TransitionRow(string From, string To, string Cause);

using UserTcp.Testing.Xunit.Results;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Children;

/// <summary>The result of a test in a process of its own, as it goes back to the test process.</summary>
/// <param name="SkipReason">Why it was skipped; null when it was not.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
/// <param name="Output">The lines of ITestOutputHelper.</param>
/// <param name="Warnings">The warnings of the test's context.</param>
/// <param name="Attachments">The attachments of the test's context.</param>
internal sealed record ChildResult(
    string? SkipReason, FailureDetails? Failure, string Output, string[] Warnings, ChildAttachment[] Attachments)
{
    /// <summary>A result with what its last run has written.</summary>
    public static ChildResult Of(RunRecord? record, string? skipReason, FailureDetails? failure) => new(
        skipReason, failure, record?.Output ?? "", [.. record?.Warnings ?? []],
        [.. record?.Attachments.Select(pair => ChildAttachment.Of(pair.Key, pair.Value)) ?? []]);

    /// <summary>What the test's runner shows beside the result.</summary>
    public RunRecord ToRecord() => new(
        Output, Warnings,
        Attachments.ToDictionary(attachment => attachment.Name, attachment => attachment.ToAttachment()));

    /// <summary>What the test's runner takes for a failure or for a skipped test; null when it has passed.</summary>
    public Exception? ToException() => Failure is not null
        ? new ReportedFailureException(Failure)
        : SkipReason is null ? null : new SkippedException(SkipReason);

    /// <summary>An exception that skips a test has a message that begins with a token.</summary>
    private sealed class SkippedException(string reason) : Exception(DynamicSkipToken.Value + reason);
}

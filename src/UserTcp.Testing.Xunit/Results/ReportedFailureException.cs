namespace UserTcp.Testing.Xunit.Results;

/// <summary>A failure of which only the details are known, since it was in another process.</summary>
internal sealed class ReportedFailureException(FailureDetails details) : Exception(details.Messages[0])
{
    /// <summary>The details.</summary>
    public FailureDetails Details { get; } = details;
}

namespace UserTcp.Testing.Xunit.Running;

/// <summary>A run that has not passed.</summary>
/// <param name="Error">What the test's framework is to get.</param>
/// <param name="Capture">The file with the packets; null when there is none.</param>
internal sealed record RunFailure(Exception Error, string? Capture);

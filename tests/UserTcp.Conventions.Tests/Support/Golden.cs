namespace UserTcp.Conventions.Tests.Support;

/// <summary>Committed files that these tests can write themselves.</summary>
internal static class Golden
{
    public const string UpdateCommand = $"{UpdateVariable}=1 dotnet test --project tests/UserTcp.Conventions.Tests -c Release";

    private const string UpdateVariable = "USERTCP_UPDATE_GOLDEN";

    /// <summary>True when they are to be written, rather than to be compared only.</summary>
    public static bool IsUpdated => Environment.GetEnvironmentVariable(UpdateVariable) == "1";
}

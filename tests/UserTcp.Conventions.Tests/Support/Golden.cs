namespace UserTcp.Conventions.Tests.Support;

/// <summary>Committed files that these tests can write.</summary>
internal static class Golden
{
    public const string UpdateCommand =
        $"{UpdateVariable}=1 dotnet test --project tests/UserTcp.Conventions.Tests -c Release";

    private const string UpdateVariable = "USERTCP_UPDATE_GOLDEN";

    /// <summary>True to write them, false to compare only.</summary>
    public static bool IsUpdated => Environment.GetEnvironmentVariable(UpdateVariable) == "1";
}

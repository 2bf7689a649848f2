namespace UserTcp.Capture.Tests.Pictures.Kit;

/// <summary>Committed pictures, which USERTCP_UPDATE_GOLDEN=1 writes.</summary>
internal static class Golden
{
    private static string Root { get; } = FindRoot();

    /// <summary>Compares a picture with the committed one, byte for byte.</summary>
    /// <param name="file">Its path in the repository.</param>
    /// <param name="actual">The picture.</param>
    public static void Compare(string file, string actual)
    {
        var path = Path.Combine(Root, file);
        if (Environment.GetEnvironmentVariable("USERTCP_UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, actual);
        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == actual,
            $"{file} is old. Write it, and look at it: "
            + "USERTCP_UPDATE_GOLDEN=1 dotnet test --project tests/UserTcp.Capture.Tests -c Release");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "UserTcp.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not in the repository.");
        return folder.FullName;
    }
}

namespace UserTcp.Capture.Tests;

/// <summary>Files of the repository that a test compares. USERTCP_UPDATE_GOLDEN=1 writes them.</summary>
internal static class GoldenFile
{
    /// <summary>Asserts that a file has that content.</summary>
    /// <param name="path">The file, relative to the repository.</param>
    /// <param name="content">What it has to hold.</param>
    public static void AssertEqual(string path, string content)
    {
        var file = Path.Combine(FindRepository(), path);
        if (Environment.GetEnvironmentVariable("USERTCP_UPDATE_GOLDEN") == "1")
            File.WriteAllText(file, content);
        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "", content);
    }

    private static string FindRepository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "UserTcp.sln")))
                return folder;
        }

        throw new FileNotFoundException("The tests run outside of the repository.");
    }
}

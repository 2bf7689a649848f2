namespace UserTcp.Conventions.Tests.Support;

/// <summary>The working tree under test.</summary>
internal static class Repository
{
    private const string SolutionFile = "UserTcp.sln";

    private static readonly HashSet<string> NotOurs =
        [".git", ".vs", ".idea", "bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>
    /// The folder of the solution: above the test assembly, or above the current folder when it was built elsewhere.
    /// </summary>
    public static string Root { get; } =
        FindUpwards(AppContext.BaseDirectory)
        ?? FindUpwards(Environment.CurrentDirectory)
        ?? throw new InvalidOperationException($"There is no {SolutionFile} above {AppContext.BaseDirectory}.");

    /// <summary>The names of the assemblies in src, sorted.</summary>
    public static IReadOnlyList<string> SourceAssemblies { get; } =
        [.. Directory.GetDirectories(PathOf("src")).Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal)];

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>
    /// Paths of all source files under <paramref name="folder"/>, without build output, relative to the root, with
    /// slashes, sorted. An empty folder means the whole tree.
    /// </summary>
    public static IReadOnlyList<string> Files(string folder = "", params string[] extensions)
    {
        var files = new List<string>();
        Collect(new DirectoryInfo(PathOf(folder)), files);
        if (extensions.Length > 0)
            files.RemoveAll(file => !extensions.Contains(Path.GetExtension(file)));
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static void Collect(DirectoryInfo folder, List<string> files)
    {
        // In a linked worktree .git is a file.
        foreach (var file in folder.EnumerateFiles().Where(file => !NotOurs.Contains(file.Name)))
            files.Add(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));
        foreach (var inner in folder.EnumerateDirectories())
        {
            if (!NotOurs.Contains(inner.Name))
                Collect(inner, files);
        }
    }

    private static string? FindUpwards(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                return folder.FullName;
        }

        return null;
    }
}

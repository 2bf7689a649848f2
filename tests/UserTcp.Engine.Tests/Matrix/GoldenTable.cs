using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>The checked-in tables, one for each state.</summary>
internal static class GoldenTable
{
    private const string Folder = "tests/UserTcp.Engine.Tests/Matrix/Golden";
    private const string UpdateVariable = "USERTCP_UPDATE_GOLDEN";

    /// <summary>Fails with the rows that differ; with the update variable set, writes the table instead.</summary>
    public static void Check(TcpState state, string actual)
    {
        var path = PathOf(state);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(path, actual);
        var (golden, now) = (File.ReadAllText(path).Split('\n'), actual.Split('\n'));
        var differences = Enumerable.Range(0, Math.Max(golden.Length, now.Length))
            .Where(i => golden.ElementAtOrDefault(i) != now.ElementAtOrDefault(i))
            .Select(i =>
                $"line {i + 1}:\n  golden {golden.ElementAtOrDefault(i)}\n  now    {now.ElementAtOrDefault(i)}")
            .ToList();
        Assert.True(
            differences.Count == 0,
            $"{Path.GetFileName(path)}; if this is meant, run with "
            + $"{UpdateVariable}=1.\n{string.Join('\n', differences)}");
    }

    private static string PathOf(TcpState state)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, Folder)))
            folder = folder.Parent;
        Assert.True(folder is not null, $"There is no {Folder} above {AppContext.BaseDirectory}.");
        return Path.Combine(folder.FullName, Folder, $"{Axes.Name(state).ToLowerInvariant()}.txt");
    }
}

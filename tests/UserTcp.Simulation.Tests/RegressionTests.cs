namespace UserTcp.Simulation.Tests;

/// <summary>Whatever simulation has once found wrong stays right.</summary>
public class RegressionTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Regressions");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void What_once_failed_holds(string file) =>
        Assert.Null(Simulator.Run(ScenarioJson.Read(File.ReadAllText(Path.Combine(Folder, file)))).Violation);
}

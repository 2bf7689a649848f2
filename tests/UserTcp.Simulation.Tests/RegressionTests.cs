namespace UserTcp.Simulation.Tests;

/// <summary>Scenarios that once broke an invariant.</summary>
public class RegressionTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Regressions");

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_scenario_that_once_failed_passes(string file) =>
        Assert.Null(Simulator.Run(ScenarioJson.Read(File.ReadAllText(Path.Combine(Folder, file)))).Violation);
}

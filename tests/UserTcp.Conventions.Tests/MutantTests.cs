using UserTcp.Conventions.Tests.Support;
using UserTcp.Mutants;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The list of mutants agrees with the sources and with the documented results.</summary>
public class MutantTests
{
    private static readonly IReadOnlyList<Mutant> Mutants = Mutant.ReadAll(Repository.PathOf("tools/mutants.txt"));

    [Fact]
    public void Each_applies_in_exactly_one_place()
    {
        Assert.True(Mutants.Count >= 24, $"only {Mutants.Count}");
        Expect.None(
            Mutants.Select(mutant => (mutant, count: mutant.CountIn(Repository.Read(mutant.File))))
                .Where(found => found.count != 1)
                .Select(found => $"{found.mutant.Name}: {found.count} times in {found.mutant.File}"),
            "In tools/mutants.txt, give an original that occurs once in its file:");
    }

    [Fact]
    public void Each_has_a_unique_name_a_rule_and_a_replacement()
    {
        Assert.Equal(Mutants.Count, Mutants.Select(mutant => mutant.Name).Distinct().Count());
        Expect.None(
            Mutants.Where(mutant => mutant.Breaks.Length == 0 || mutant.Original == mutant.Replacement
                || !mutant.File.StartsWith("src/", StringComparison.Ordinal))
                .Select(mutant => mutant.Name),
            "In tools/mutants.txt, fix:");
    }

    [Fact]
    public void The_documented_results_are_of_these()
    {
        var rows = Repository.Read("docs/mutants.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(Mutants.Select(mutant => mutant.Name), rows.Select(row => row.Split('`')[1]));
        Expect.None(
            rows.Where(row => row.Contains("| `?` |", StringComparison.Ordinal)),
            "Run these mutants and name the test that notices them:");
    }
}

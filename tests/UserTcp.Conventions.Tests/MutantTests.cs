using UserTcp.Conventions.Tests.Support;
using UserTcp.Mutants;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The list of planted bugs fits the sources that it is about, and its results are those of its bugs.</summary>
public class MutantTests
{
    private static readonly IReadOnlyList<Mutant> Mutants = Mutant.ReadAll(Repository.PathOf("tools/mutants.txt"));

    [Fact]
    public void Each_can_be_planted_in_exactly_one_place()
    {
        Assert.True(Mutants.Count >= 24, $"only {Mutants.Count}");
        Expect.None(
            Mutants.Select(mutant => (mutant, count: mutant.OccurrencesIn(Repository.Read(mutant.File))))
                .Where(found => found.count != 1)
                .Select(found => $"{found.mutant.Name}: {found.count} times in {found.mutant.File}"),
            "In tools/mutants.txt, name a text that stands in its file once:");
    }

    [Fact]
    public void Each_has_a_name_of_its_own_says_what_it_breaks_and_breaks_it()
    {
        Assert.Equal(Mutants.Count, Mutants.Select(mutant => mutant.Name).Distinct().Count());
        Expect.None(
            Mutants.Where(mutant => mutant.Breaks.Length == 0 || mutant.Original == mutant.Replacement || !mutant.File.StartsWith("src/", StringComparison.Ordinal))
                .Select(mutant => mutant.Name),
            "In tools/mutants.txt, mend:");
    }

    [Fact]
    public void The_results_are_of_these_and_no_others()
    {
        var rows = Repository.Read("docs/mutants.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(Mutants.Select(mutant => mutant.Name), rows.Select(row => row.Split('`')[1]));
    }
}

using UserTcp.Conventions.Tests.Requirements;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>
/// Tests name the requirement they prove by its label in RFC 9293 appendix B, <c>[Trait("RFC9293", "MUST-13")]</c>, or
/// by the section of another document, <c>[Trait("RFC", "6298 section 5.5")]</c>. No requirement is left without a test
/// or a decision.
/// </summary>
public class RequirementTests
{
    private static readonly HashSet<string> Proven =
        [.. TestTrait.Named(RequirementMap.Trait).Select(trait => trait.Value)];

    [Fact]
    public void The_list_of_requirements_has_every_label_of_the_RFC_in_its_order() =>
        Assert.Equal(Requirement.Labels, Requirement.All.Select(requirement => requirement.Label));

    [Fact]
    public void The_RFC_has_119_labels() => Assert.Equal(119, Requirement.Labels.Count);

    [Fact]
    public void Labels_of_tests_exist_in_the_RFC() =>
        Expect.None(
            TestTrait.Named(RequirementMap.Trait).Where(trait => !Requirement.Labels.Contains(trait.Value))
                .Select(Place),
            "Not in RFC 9293:");

    [Fact]
    public void Other_documents_are_cited_by_number_and_section() =>
        Expect.None(
            TestTrait.Named(RequirementMap.OtherTrait).Where(trait => !RequirementMap.Document().IsMatch(trait.Value))
                .Select(Place),
            "Write \"6298 section 5.5\", \"7323 appendix A\" or \"1337\":");

    [Fact]
    public void Traits_are_on_tests()
    {
        Assert.NotEmpty(TestTrait.All);
        Expect.None(TestTrait.All.Where(trait => !trait.IsOnTest).Select(Place), "These prove nothing:");
    }

    [Fact]
    public void Every_requirement_is_proven_or_decided() =>
        Expect.None(
            Requirement.All.Where(one => one.DecisionFile is null && !Proven.Contains(one.Label))
                .Select(one => $"{one.Label} (section {one.Section}): {one.Words}"),
            $"Write a test that carries the label, or a decision and its number into {Requirement.File}:");

    [Fact]
    public void A_decision_names_the_requirements_that_it_settles() =>
        Expect.None(
            Requirement.All.Where(one => one.DecisionFile is { } file && !Mentions(file, one.Label))
                .Select(one => $"{one.Label}: {one.DecisionFile}"),
            "There is no such record, or it does not name the label:");

    [Fact]
    public void The_map_of_requirements_agrees_with_the_tests()
    {
        var actual = RequirementMap.Print();
        if (Golden.IsUpdated)
            File.WriteAllText(Repository.PathOf(RequirementMap.File), actual);

        var committed = File.Exists(Repository.PathOf(RequirementMap.File)) ? Repository.Read(RequirementMap.File) : "";
        var (before, now) = (committed.Split('\n'), actual.Split('\n'));
        Expect.None(
            before.Except(now).Select(line => $"- {line}").Concat(now.Except(before).Select(line => $"+ {line}")),
            $"{RequirementMap.File} is out of date (- committed, + now). Run{Environment.NewLine}    "
            + $"{Golden.UpdateCommand}{Environment.NewLine}"
            + "and commit the file with the change:");
        Assert.Equal(actual, committed);
    }

    private static string Place(TestTrait trait) => $"{trait.File}:{trait.Line}: {trait.Value}";

    private static bool Mentions(string file, string label) =>
        File.Exists(Repository.PathOf(file)) && Words(Repository.Read(file)).Contains(label);

    private static HashSet<string> Words(string text) =>
        [.. text.Split([' ', '\n', ',', '.', ';', ':', '(', ')', '|', '*'])];
}

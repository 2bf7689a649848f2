using System.Globalization;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The records in docs/decisions have one format, and citations in the code match their records.</summary>
public class DecisionTests
{
    private const int MaxColumns = 120;
    private const string List = $"{DecisionRecord.Folder}/README.md";

    private static readonly string[] Headings = ["Context", "Decision", "Rejected", "Consequences"];

    [Fact]
    public void Numbers_have_no_gaps() =>
        Assert.Equal(
            Enumerable.Range(1, DecisionRecord.All.Count)
                .Select(number => number.ToString("D4", CultureInfo.InvariantCulture)),
            DecisionRecord.All.Select(record => record.Number));

    [Fact]
    public void A_record_begins_with_its_number_and_title() =>
        Expect.None(
            DecisionRecord.All.Where(record => record.Title is null).Select(record => record.File),
            "The first line has to be \"# NNNN: Title\":");

    [Fact]
    public void A_record_has_four_sections() =>
        Expect.None(
            DecisionRecord.All.Where(record =>
                !record.Sections.Select(section => section.Heading).SequenceEqual(Headings))
                .Select(record => record.File),
            $"These need the headings {string.Join(", ", Headings)}, in this order and no others:");

    [Fact]
    public void No_section_is_empty() =>
        Expect.None(
            DecisionRecord.All.SelectMany(record => record.Sections.Where(section => section.Body.Count == 0)
                .Select(section => $"{record.File}: {section.Heading}")),
            "Write these sections:");

    [Fact]
    public void The_list_has_every_record_with_its_title() =>
        Assert.Equal(
            DecisionRecord.All.Select(record =>
                $"| [{record.Number}]({Path.GetFileName(record.File)}) | {record.Title} |"),
            Repository.Read(List).Split('\n').Where(line => line.StartsWith("| [", StringComparison.Ordinal)));

    [Fact]
    public void Lines_fit_the_width() =>
        Expect.None(
            Repository.Files(DecisionRecord.Folder, ".md").SelectMany(file => Repository.Read(file).Split('\n').Index()
                .Where(line => line.Item.Length > MaxColumns && !line.Item.StartsWith('|'))
                .Select(line => $"{file}:{line.Index + 1}")),
            $"More than {MaxColumns} columns:");

    [Fact]
    public void A_record_names_the_code_that_implements_it()
    {
        Expect.None(
            DecisionRecord.All.Where(record => !record.Places.Any()).Select(record => record.File),
            "The third line has to be \"Code: `folder`, `file`, ...\":");
        Expect.None(
            DecisionRecord.All.SelectMany(record =>
                record.Places.Where(place => !Exists(place)).Select(place => $"{record.File}: {place}")),
            "These places do not exist:");
    }

    [Fact]
    public void A_cited_decision_exists()
    {
        Assert.NotEmpty(Citation.All);
        Expect.None(
            Citation.All.Where(citation => RecordOf(citation) is null)
                .Select(citation => $"{citation.Place}: {citation.Number}"),
            "No record has these numbers:");
    }

    [Fact]
    public void A_link_leads_to_the_number_that_it_shows() =>
        Expect.None(Citation.WrongLinks, "Correct the number or the link:");

    [Fact]
    public void A_citation_in_the_source_lies_in_a_place_that_its_decision_names() =>
        Expect.None(
            InSource().Where(cited => !cited.Record.Places.Any(place => IsUnder(cited.Citation.File, place)))
                .Select(cited =>
                    $"{cited.Citation.Place}: {cited.Record.File} names {string.Join(", ", cited.Record.Places)}"),
            "Cite another decision, or add the place to its line \"Code:\":");

    [Fact]
    public void A_citation_in_the_source_has_the_subject_of_its_decision()
    {
        Assert.NotEmpty(InSource());
        Expect.None(
            InSource().Where(cited => !Subjects.WordsOf(cited.Citation.Context).Overlaps(cited.Record.Subject))
                .Select(cited => $"{cited.Citation.Place}: {cited.Record.Number} is \"{cited.Record.Title}\""),
            "These comments share no word with the decision's title. Cite another one, or say what it is about:");
    }

    private static IEnumerable<(Citation Citation, DecisionRecord Record)> InSource() =>
        from citation in Citation.All
        where citation.File.StartsWith("src/", StringComparison.Ordinal)
        let record = RecordOf(citation)
        where record is not null
        select (citation, record);

    private static DecisionRecord? RecordOf(Citation citation) =>
        DecisionRecord.All.FirstOrDefault(record => record.Number == citation.Number);

    private static bool Exists(string place) =>
        File.Exists(Repository.PathOf(place)) || Directory.Exists(Repository.PathOf(place));

    private static bool IsUnder(string file, string place) =>
        file == place || file.StartsWith($"{place}/", StringComparison.Ordinal);
}

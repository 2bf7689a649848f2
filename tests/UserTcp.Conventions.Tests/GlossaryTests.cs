using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The last column of the glossary names files in src, so that a reader finds the code of a term.</summary>
public class GlossaryTests
{
    private const string Glossary = "docs/glossary.md";

    private static readonly IReadOnlyList<string> Sources = Repository.Files("src", ".cs");

    public static TheoryData<string> Files => [.. FilesOf(Repository.Read(Glossary)).Distinct()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_file_exists_once(string file)
    {
        var found = Sources.Where(source => source.EndsWith($"/{file}.cs", StringComparison.Ordinal)).ToList();

        Assert.True(found.Count == 1, $"{Glossary} names {file}; in src there are: {string.Join(", ", found)}.");
    }

    [Fact]
    public void Only_the_last_column_names_files() =>
        Assert.Equal(
            ["Tcb", "World/Checks"],
            FilesOf("Not `Prose`.\n\n| term | meaning | file |\n|---|---|---|\n| TCB | `state` | `Tcb` |\n| oracle | "
                + "a\\|b | [x](x.md), `World/Checks` |\n"));

    private static IEnumerable<string> FilesOf(string glossary) =>
        glossary.Split('\n')
            .Where(line => line.StartsWith('|') && line.EndsWith('|'))
            .SelectMany(line => Markdown.CodeSpansOf(line.TrimEnd('|').Split('|')[^1]));
}

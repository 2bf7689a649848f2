using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>Relative links in Markdown lead to existing files and headings.</summary>
public class LinkTests
{
    public static TheoryData<string> MarkdownFiles => [.. Repository.Files("", ".md")];

    [Theory]
    [MemberData(nameof(MarkdownFiles))]
    public void Links_have_a_target(string file)
    {
        var links = new Markdown(file).Links.Where(link => !link.Contains("://", StringComparison.Ordinal));

        Expect.None(links.Where(link => !Resolves(file, link)).Select(link => $"{file}: {link}"), "Fix these links:");
    }

    [Fact]
    public void README_leads_to_the_other_documents() =>
        Assert.Superset(
            new HashSet<string> { "LICENSE", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/architecture.md" },
            new Markdown("README.md").Links.Select(link => link.Split('#')[0]).ToHashSet());

    private static bool Resolves(string file, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0
            ? file
            : Path.Combine(Path.GetDirectoryName(file)!, Uri.UnescapeDataString(parts[0]));
        var path = Path.GetFullPath(Repository.PathOf(target));
        if (!path.StartsWith(Repository.Root, StringComparison.Ordinal)
            || !(File.Exists(path) || Directory.Exists(path)))
        {
            return false;
        }

        return parts.Length == 1
            || new Markdown(Path.GetRelativePath(Repository.Root, path)).Anchors.Contains(parts[1]);
    }
}

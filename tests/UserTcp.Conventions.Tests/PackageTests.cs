using System.Xml.Linq;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>Each package has a README, and the samples use the versions that the tree is tested with.</summary>
public class PackageTests
{
    /// <summary>The package of a .NET tool is not called as its command.</summary>
    private static readonly Dictionary<string, string> Titles = new() { ["UserTcp.Cli"] = "usertcp" };

    private static readonly XDocument Central = XDocument.Load(Repository.PathOf("Directory.Packages.props"));

    private static readonly XDocument Common = XDocument.Load(Repository.PathOf("Directory.Build.props"));

    public static TheoryData<string> Assemblies => DependencyLineTests.Assemblies;

    public static TheoryData<string> Samples =>
        [.. Project.All.Where(project => IsSample(project)).Select(project => project.Path)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_README_begins_with_the_name_of_its_package(string assembly) =>
        Assert.StartsWith(
            $"# {Titles.GetValueOrDefault(assembly, assembly)}\n", Repository.Read($"src/{assembly}/README.md"),
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_uses_the_versions_of_the_tree(string path)
    {
        var own = Common.Descendants("Version").Single().Value.Split('.');

        Assert.All(Project.All.Single(project => project.Path == path).PackageReferences, reference =>
        {
            var name = Project.Include(reference);
            var version = (string?)reference.Attribute("Version");
            if (Repository.SourceAssemblies.Contains(name))
                Assert.Equal($"{own[0]}.{own[1]}.*-*", version);
            else if (CentralVersionOf(name) is { } central)
                Assert.Equal(central, version);
            else
                Assert.NotNull(version);
        });
    }

    [Fact]
    public void The_list_of_samples_is_complete() =>
        Assert.Equal(
            Project.All.Where(IsSample).Select(project => project.Name).Order(StringComparer.Ordinal),
            new Markdown("samples/README.md").Links
                .Where(link => !link.StartsWith("..", StringComparison.Ordinal))
                .Select(link => link.Split('/')[0])
                .Order(StringComparer.Ordinal));

    private static bool IsSample(Project project) =>
        project.Folder.StartsWith("samples/", StringComparison.Ordinal);

    private static string? CentralVersionOf(string package) =>
        (string?)Central.Descendants("PackageVersion")
            .SingleOrDefault(entry => (string?)entry.Attribute("Include") == package)?.Attribute("Version");
}

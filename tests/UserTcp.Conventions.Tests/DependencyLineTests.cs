using System.Reflection;
using System.Text.Json;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>Dependencies form a line: no assembly refers to a later one or to another's internals.</summary>
public class DependencyLineTests
{
    /// <summary>Each assembly and its direct references; indirect ones are allowed.</summary>
    private static readonly Dictionary<string, string[]> Line = new()
    {
        ["UserTcp.Wire"] = [],
        ["UserTcp.Engine"] = ["UserTcp.Wire"],
        ["UserTcp"] = ["UserTcp.Engine"],
        ["UserTcp.Tun"] = ["UserTcp"],
        ["UserTcp.Capture"] = ["UserTcp"],
        ["UserTcp.Impairment"] = ["UserTcp"],
        ["UserTcp.Simulation"] = ["UserTcp.Impairment"],
        ["UserTcp.Hosting"] = ["UserTcp.Capture", "UserTcp.Impairment", "UserTcp.Tun"],
        ["UserTcp.AspNetCore"] = ["UserTcp.Hosting"],
        ["UserTcp.Testing"] = ["UserTcp.AspNetCore"],
        ["UserTcp.Testing.Xunit"] = ["UserTcp.Testing"],
        ["UserTcp.Cli"] = ["UserTcp.AspNetCore", "UserTcp.Simulation"],
    };

    /// <summary>
    /// Build tools that the SDK and src/Directory.Build.props add to a project's packages. The output contains none of
    /// them.
    /// </summary>
    private static readonly string[] BuildPackages =
    [
        // The analyzers for trimming and native compilation (IsAotCompatible). Directory.Build.targets pins the
        // version.
        "Microsoft.NET.ILLink.Tasks",
        // Gives packages their version. src/Directory.Build.props references it.
        "MinVer",
    ];

    public static TheoryData<string> Assemblies => [.. Line.Keys];

    /// <summary>The assemblies without I/O, clock and randomness.</summary>
    public static TheoryData<string> PureAssemblies => ["UserTcp.Wire", "UserTcp.Engine"];

    [Fact]
    public void Every_project_in_src_is_in_the_line() =>
        Assert.Equal(Line.Keys.Order(StringComparer.Ordinal), Repository.SourceAssemblies);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_project_has_exactly_the_references_of_the_line(string assembly) =>
        Assert.Equal(Line[assembly], Project.Of(assembly).ProjectReferences.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_uses_only_assemblies_below_it(string assembly)
    {
        var used = ReferencesOf(assembly).Where(name => name.StartsWith("UserTcp", StringComparison.Ordinal));

        Expect.None(used.Except(Below(assembly)), $"{assembly} must not use:");
    }

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void Wire_and_engine_use_nothing_but_the_base_library(string assembly)
    {
        var foreign = ReferencesOf(assembly).Where(name => !name.StartsWith("System.", StringComparison.Ordinal));

        Expect.None(foreign.Except(Below(assembly)), $"{assembly} must not use:");
    }

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void Wire_and_engine_have_no_package_at_run_time(string assembly)
    {
        Assert.All(
            Project.Of(assembly).PackageReferences,
            package => Assert.Equal("all", (string?)package.Attribute("PrivateAssets")));
        var referenced = Project.Of(assembly).PackageReferences.Select(Project.Include);
        Assert.Equal(
            referenced.Concat(BuildPackages).Order(StringComparer.Ordinal),
            LockedPackagesOf(assembly).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Only_tests_benchmarks_and_the_simulation_see_internals(string assembly) =>
        Assert.All(
            Project.Of(assembly).Friends,
            friend => Assert.True(
                friend.EndsWith(".Tests", StringComparison.Ordinal)
                || friend.EndsWith(".Benchmarks", StringComparison.Ordinal)
                // Its oracle reads an engine's state to check invariants.
                || (friend, assembly) == ("UserTcp.Simulation", "UserTcp.Engine")
                // Test programs: tools/diff, tools/fuzz and tools/soak.
                || friend is "UserTcp.Differential" or "UserTcp.Fuzz" or "UserTcp.Soak",
                friend));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("UserTcp.sln").Replace('\\', '/');

        Expect.None(
            Project.All.Select(project => project.Path)
                .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)),
            "Add to UserTcp.sln:");
    }

    [Fact]
    public void Every_project_is_locked_and_names_no_version_itself()
    {
        Assert.NotEmpty(Project.All);
        Assert.All(Project.All, project =>
        {
            Assert.True(
                File.Exists(Repository.PathOf($"{project.Folder}/packages.lock.json")),
                $"{project.Folder} has no lock file");
            // A sample is copied out of the tree: its project names the versions.
            if (!project.Folder.StartsWith("samples/", StringComparison.Ordinal))
                Assert.All(project.PackageReferences, package => Assert.Null(package.Attribute("Version")));
        });
    }

    private static IEnumerable<string> ReferencesOf(string assembly) =>
        Assembly.Load(new AssemblyName(assembly)).GetReferencedAssemblies().Select(reference => reference.Name!);

    private static HashSet<string> Below(string assembly)
    {
        var below = new HashSet<string>(Line[assembly]);
        foreach (var next in Line[assembly])
            below.UnionWith(Below(next));
        return below;
    }

    private static IEnumerable<string> LockedPackagesOf(string assembly)
    {
        using var locked = JsonDocument.Parse(Repository.Read($"src/{assembly}/packages.lock.json"));
        return
        [
            .. locked.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(entry => entry.Value.GetProperty("type").GetString() != "Project")
                .Select(entry => entry.Name),
        ];
    }
}

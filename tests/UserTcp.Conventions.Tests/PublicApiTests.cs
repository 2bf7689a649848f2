using System.Reflection;
using UserTcp.Conventions.Tests.Api;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The public API equals the golden files, so that no member changes by accident.</summary>
public class PublicApiTests
{
    private const string GoldenFolder = "tests/UserTcp.Conventions.Tests/PublicApi";

    public static TheoryData<string> Assemblies => DependencyLineTests.Assemblies;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_public_API_equals_the_golden_file(string assembly)
    {
        var golden = $"{GoldenFolder}/{assembly}.txt";
        var actual = ApiPrinter.Print(Assembly.Load(new AssemblyName(assembly)));
        if (Golden.IsUpdated)
            File.WriteAllText(Repository.PathOf(golden), actual);

        var agreed = File.Exists(Repository.PathOf(golden)) ? Repository.Read(golden) : "";
        Expect.None(
            LineDifference.Between(agreed, actual),
            $"The public API of {assembly} differs from {golden} (- agreed, + now). If that is meant, "
            + $"run{Environment.NewLine}"
            + $"    {Golden.UpdateCommand}{Environment.NewLine}and commit the file with the change:");
    }

    [Fact]
    public void Every_golden_file_belongs_to_an_assembly() =>
        Expect.None(
            Repository.Files(GoldenFolder)
                .Except(Repository.SourceAssemblies.Select(assembly => $"{GoldenFolder}/{assembly}.txt")),
            "Remove:");
}

using System.Text.Json.Nodes;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The soak, for some seconds: each kind of traffic runs, and the stacks are empty in the end.</summary>
public sealed class SoakTests
{
    [Fact]
    public async Task A_short_soak_finds_nothing_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using var soak = new Child(new ChildOptions("dotnet", Path.Combine(AppContext.BaseDirectory, "UserTcp.Soak.dll"), "--for", "5s") { Folder = folder.Path });

        var result = await soak.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result.Errors}\n{result.Text}");
        var line = JsonNode.Parse(result.Text.TrimEnd().Split('\n')[^1])!;
        Assert.Equal("soak", (string?)line["tool"]);
        Assert.Equal(0, (int)line["findings"]!);
        Assert.True((bool)line["end"]!["isEmpty"]!);
        Assert.True((long)line["counts"]!["short, kernel opens: turns"]! > 0);
        Assert.True((long)line["counts"]!["bad link, short: turns"]! > 0);
    }
}

using System.Text.Json.Nodes;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The soak for some seconds: every kind of traffic runs, and no connection is left in the stacks.</summary>
public sealed class SoakTests
{
    [Fact]
    public async Task A_short_soak_has_no_findings_and_no_leftovers()
    {
        using var folder = new TemporaryFolder();
        using var soak = new Child(
            new ChildOptions("dotnet", Path.Combine(AppContext.BaseDirectory, "UserTcp.Soak.dll"), "--for", "5s")
            {
                Folder = folder.Path,
            });

        // Its traffic lasts 5 s; its start, and the end of all connections, take longer on a busy machine.
        var result = await soak.EndAsync(TimeSpan.FromMinutes(3));

        Assert.True(result.ExitCode == 0, $"{result.Errors}\n{result.StandardOutput}");
        var line = JsonNode.Parse(result.StandardOutput.TrimEnd().Split('\n')[^1])!;
        Assert.Equal("soak", (string?)line["tool"]);
        Assert.Equal(0, (int)line["findings"]!);
        Assert.True((bool)line["end"]!["isEmpty"]!);
        Assert.True((long)line["counts"]!["short, kernel opens: turns"]! > 0);
        Assert.True((long)line["counts"]!["bad link, short: turns"]! > 0);
    }
}

using System.Text.Json;
using UserTcp.Capture;
using UserTcp.Cli.Lessons;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>Each lesson runs against the kernel, and each of its claims holds, in both languages.</summary>
public sealed class LessonTests : IDisposable
{
    private readonly TemporaryFolder _runtime = new();

    public static TheoryData<string> Names => [.. LessonCatalog.All.Select(lesson => lesson.Name)];

    public void Dispose() => _runtime.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_claim_holds_and_every_sentence_has_both_languages(string name)
    {
        var result = await UserTcpCommand.RunAsync(_runtime, "lesson", name, "--json");

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.Errors);
        Assert.Empty(result.Errors);
        var items = result.StandardOutput.TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal("start", items[0].GetProperty("item").GetString());
        Assert.Equal("end", items[^1].GetProperty("item").GetString());
        Assert.Contains(items, item => item.GetProperty("item").GetString() == "ask");
        var claims = items.Where(item => item.GetProperty("item").GetString() == "claim").ToArray();
        Assert.Equal(
            LessonCatalog.Find(name)!.Claims.Select(claim => claim.English).Order(StringComparer.Ordinal),
            claims.Select(claim => claim.GetProperty("en").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(items, AssertBothLanguages);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_can_be_read_in_Korean(string name)
    {
        var result = await UserTcpCommand.RunAsync(_runtime, "lesson", name, "--lang", "ko");

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.Errors);
        var lesson = LessonCatalog.Find(name)!;
        Assert.Equal(
            lesson.Claims.Count, result.StandardOutput.Split('\n').Count(
                line => line.StartsWith("[성립] ", StringComparison.Ordinal)));
        Assert.StartsWith($"== {name}: {lesson.Title.Korean} ==\n", result.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("handshake", "drop=syn-ack:1", "The handshake is three segments: SYN, then SYN,ACK, then ACK.")]
    [InlineData(
        "close", "drop=ack-of-fin:1",
        "Four segments close a connection: FIN and its ACK in one direction, FIN and its ACK in the other.")]
    public async Task A_claim_that_does_not_hold_fails_the_lesson(string name, string sabotage, string claim)
    {
        using var output = new StringWriter { NewLine = "\n" };

        var isRight = await LessonRun.PlayAsync(
            LessonCatalog.Find(name)!, new PlainLesson(output, LineStyle.Plain, answers: null),
            TestContext.Current.CancellationToken, sabotage);

        Assert.False(isRight);
        var said = output.ToString().ReplaceLineEndings(" ").Replace("        ", "", StringComparison.Ordinal);
        Assert.Contains($"[WRONG] {claim}", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Show the answer")]
    [InlineData("ko", "답 보기")]
    public async Task It_becomes_a_page_without_other_files(string language, string answer)
    {
        var result = await UserTcpCommand.RunAsync(_runtime, "lesson", "handshake", "--html", "--lang", language);

        var page = result.MustSucceed();
        Assert.StartsWith($"<!doctype html>\n<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains("<section id=\"handshake\">", page, StringComparison.Ordinal);
        Assert.Contains(answer, page, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/svg+xml;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"fails\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_runs_as_any_user()
    {
        using var program = new PublicProgram();
        using var lesson = new Child(program.As(PublicProgram.Nobody, nodeIsOpen: true, "lesson", "handshake"));

        (await lesson.EndAsync()).MustSucceed();
    }

    /// <summary>All objects in an item that have words.</summary>
    private static void AssertBothLanguages(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                AssertBothLanguages(item);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            if (element.TryGetProperty("en", out var english))
                TwoLanguages.AssertBoth(english.GetString()!, element.GetProperty("ko").GetString()!);
            foreach (var property in element.EnumerateObject())
                AssertBothLanguages(property.Value);
        }
    }
}

using System.Text.Json;
using System.Xml.Linq;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>Files that the page explains, and files that it saves.</summary>
public sealed class FileTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    [Fact]
    public async Task A_capture_that_is_dropped_on_the_page_is_explained()
    {
        var tab = await OpenAsync();
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");

        await DropAsync(tab, "lab.pcapng", await CaptureAsync());

        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'file'");
        Assert.StartsWith(
            "You see the file lab.pcapng, not the lab.", await tab.WordsOfAsync("#banner"), StringComparison.Ordinal);
        await tab.UntilAsync(
            "() => document.querySelectorAll('#ladder-list .row.arrow').length > 3 "
            + "&& [...document.querySelectorAll('#ladder-list .says')].every(one => one.textContent.length > 5)");
        Assert.False(await tab.Page.IsVisibleAsync("#drop"));
        await tab.Page.ClickAsync("#banner button");
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
        Assert.False(await tab.Page.IsVisibleAsync("#banner"));
    }

    [Fact]
    public async Task A_file_that_is_no_capture_is_refused_in_a_sentence()
    {
        var tab = await OpenAsync();
        tab.Expect("status of 400");

        await DropAsync(tab, "notes.txt", "no capture"u8.ToArray());

        await tab.UntilAsync("() => /It did not work/.test(document.querySelector('#notes').textContent)");
        Assert.Equal("live", await tab.WordsOfAsync("#link"));
        Assert.False(await tab.Page.IsVisibleAsync("#banner"));
    }

    [Fact]
    public async Task Events_are_saved_as_lines_of_JSON_and_explain_themselves_again()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");

        var saved = await SaveAsync(tab, "#save-events");

        Assert.Matches(@"^usertcp-198\.18\.0\.[\w.-]+\.ndjson$", saved.Name);
        var kinds = saved.Content.TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()).ToArray();
        Assert.Equal("conn", kinds[0]);
        Assert.True(kinds.Count(kind => kind == "seg") >= 7, string.Join(' ', kinds));
    }

    [Fact]
    public async Task The_ladder_is_saved_as_SVG_in_the_language_of_the_page()
    {
        var tab = await OpenAsync(new Look("ko"));
        await TransferAsync(tab, "1000");

        var saved = await SaveAsync(tab, "#save-ladder");

        Assert.EndsWith("-ladder.svg", saved.Name, StringComparison.Ordinal);
        var words = WordsOf(saved.Content);
        Assert.Contains("연결 설정 완료", words, StringComparison.Ordinal);
        Assert.Contains("SYN,ACK", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plot_is_saved_as_SVG()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");

        var saved = await SaveAsync(tab, "#save-plot");

        Assert.EndsWith("-plot.svg", saved.Name, StringComparison.Ordinal);
        Assert.Contains("Data from us, 198.18.0.2:", WordsOf(saved.Content), StringComparison.Ordinal);
    }

    private static string WordsOf(string picture)
    {
        var root = XElement.Parse(picture);
        Assert.Equal("svg", root.Name.LocalName);
        return root.Value;
    }

    private static async Task<(string Name, string Content)> SaveAsync(Tab tab, string button)
    {
        var download = await tab.Page.RunAndWaitForDownloadAsync(() => tab.Page.ClickAsync(button));
        await using var stream = await download.CreateReadStreamAsync();
        using var reader = new StreamReader(stream);
        return (download.SuggestedFilename, await reader.ReadToEndAsync());
    }

    private static async Task DropAsync(Tab tab, string name, byte[] content)
    {
        var transfer = await tab.Page.EvaluateHandleAsync(
            """
            ([name, content]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(atob(content), one => one.charCodeAt(0))], name));
              return transfer;
            }
            """,
            new[] { name, Convert.ToBase64String(content) });
        var drag = new Dictionary<string, object> { ["dataTransfer"] = transfer };
        await tab.Page.DispatchEventAsync("body", "dragover", drag);
        Assert.True(await tab.Page.IsVisibleAsync("#drop"));
        await tab.Page.DispatchEventAsync("body", "drop", drag);
    }

    /// <summary>The capture of a lab in which curl reads a page.</summary>
    private static async Task<byte[]> CaptureAsync()
    {
        using var folder = new TemporaryFolder();
        var file = folder["lab.pcapng"];
        (await UserTcpCommand.RunAsync(
            folder, "lab", "--capture", file, "--", "curl", "-sS", "-o", "/dev/null", "http://198.18.0.2/bytes/10k"))
            .MustSucceed();
        return await File.ReadAllBytesAsync(file);
    }
}

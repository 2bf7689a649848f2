using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>axe finds nothing, whatever the page shows. Each two of language, colours and width meet in each state.</summary>
public sealed class AccessibilityTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    [Theory]
    [InlineData("en", true, 375)]
    [InlineData("ko", false, 375)]
    [InlineData("ko", true, 1280)]
    [InlineData("en", false, 1280)]
    public async Task Axe_finds_no_violation(string language, bool isDark, int width)
    {
        var tab = await OpenAsync(new Look(language, isDark, width));

        await ChatAsync(tab);
        await AssertAccessibleAsync(tab, "traffic");

        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("End");
        await tab.UntilAsync("() => document.querySelector('#details-body .chain, #details-body .fields')");
        await AssertAccessibleAsync(tab, "a selected segment");

        await tab.Keyboard.PressAsync("?");
        await tab.UntilAsync("() => document.querySelector('#help').open");
        await AssertAccessibleAsync(tab, "help");
        await tab.Keyboard.PressAsync("Escape");

        await tab.Page.ClickAsync(".lesson-item button");
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .question')");
        await AssertAccessibleAsync(tab, "a lesson's question");
        await tab.Keyboard.PressAsync("1");
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .end')");
        await AssertAccessibleAsync(tab, "a lesson's end");
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("ko", false)]
    public async Task Axe_finds_no_violation_at_the_gate(string language, bool isDark)
    {
        var tab = await NewTabAsync(new Look(language, isDark, Width: 375));

        await tab.Page.GotoAsync((await LabAsync()).Stranger.BaseAddress!.ToString());

        await tab.UntilAsync("() => !document.querySelector('#gate').hidden");
        await AssertAccessibleAsync(tab, "the gate");
    }

    private static async Task AssertAccessibleAsync(Tab tab, string state)
    {
        var result = await tab.Page.RunAxe().OrFail();
        Assert.NotEmpty(result.Passes);
        var found = result.Violations.SelectMany(violation => violation.Nodes.Select(node => Describe(violation, node)));
        Assert.True(!found.Any(), $"With {state}:\n{string.Join('\n', found)}");
    }

    private static string Describe(AxeResultItem violation, AxeResultNode node) =>
        $"{violation.Impact} {violation.Id}: {node.Target}: {violation.Help}\n"
        + string.Join('\n', node.Any.Concat(node.All).Concat(node.None).Select(check => $"  {check.Message}"));
}

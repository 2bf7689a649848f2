using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>
/// axe finds nothing, whatever the page shows. Each two of language, colours and width meet in each state.
/// </summary>
public sealed class AccessibilityTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    private const int Wide = 1000;

    /// <summary>Of what is right, axe names one element for each rule.</summary>
    private static readonly AxeRunOptions Quick = new() { ResultTypes = [ResultType.Violations] };

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

        await tab.Page.SelectOptionAsync("#ladder-filter", "segments");
        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("End");
        await tab.Keyboard.PressAsync("Enter");
        await tab.UntilAsync("() => document.querySelector('#details-body .fields')");
        await AssertAccessibleAsync(tab, "a selected segment");

        await tab.Keyboard.PressAsync("?");
        await tab.UntilAsync("() => document.querySelector('#help').open");
        await AssertAccessibleAsync(tab, "help", "#help");
        await tab.Keyboard.PressAsync("Escape");

        await tab.Page.ClickAsync(".lesson-item button");
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .question')");
        if (width < Wide)
        {
            await AssertAccessibleAsync(tab, "a lesson's question");
            return;
        }

        await tab.Keyboard.PressAsync("1");
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .end')");
        await AssertAccessibleAsync(tab, "a lesson's end");
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("ko", false)]
    public async Task Axe_finds_no_violation_at_the_gate_and_each_colour_of_words_suits_each_ground(
        string language, bool isDark)
    {
        const double Enough = 4.5;
        var tab = await NewTabAsync(new Look(language, isDark, Width: 375));
        await tab.Page.GotoAsync((await LabAsync()).Stranger.BaseAddress!.ToString());
        await tab.UntilAsync("() => !document.querySelector('#gate').hidden");
        await tab.UntilAsync("isDark => document.documentElement.dataset.dark === String(isDark)", isDark);
        await AssertAccessibleAsync(tab, "the gate");

        var weak = await tab.ReadAsync<string[]>(
            """
            enough => {
              const words = ['ink', 'soft', 'data', 'ack', 'window', 'again', 'bad', 'sack', 'closed', 'listen',
                'opening', 'established', 'closing', 'peerclosed', 'waiting'];
              const grounds = ['page', 'panel', 'raised', 'chosen', 'hovered', 'warn-ground', 'bad-ground'];
              const style = getComputedStyle(document.documentElement);
              const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
              // WCAG's relative luminance.
              const light = name => {
                const digits = /^#([0-9a-f]{6})$/.exec(style.getPropertyValue(`--${name}`).trim())[1];
                const [r, g, b] = [0, 2, 4].map(at => linear(parseInt(digits.slice(at, at + 2), 16) / 255));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
              };
              const contrast = (one, other) => Math.max(one / other, other / one);
              return words.flatMap(word => grounds.map(ground => [word, ground, contrast(light(word), light(ground))]))
                .filter(([, , value]) => value < enough).map(line => line.join(' '));
            }
            """,
            Enough);

        Assert.Empty(weak);
    }

    /// <summary>Asserts that axe finds nothing, in the whole page or in the part that has come.</summary>
    private static async Task AssertAccessibleAsync(Tab tab, string state, string part = "html")
    {
        var result = await tab.Page.RunAxe(new AxeRunContext { Include = [new AxeSelector(part)] }, Quick).OrFail();
        Assert.NotEmpty(result.Passes);
        var found = result.Violations
            .SelectMany(violation => violation.Nodes.Select(node => Describe(violation, node))).ToArray();
        Assert.True(found.Length == 0, $"With {state}:\n{string.Join('\n', found)}");
    }

    private static string Describe(AxeResultItem violation, AxeResultNode node) =>
        $"{violation.Impact} {violation.Id}: {node.Target}: {violation.Help}\n"
        + string.Join('\n', node.Any.Concat(node.All).Concat(node.None).Select(check => $"  {check.Message}"));
}

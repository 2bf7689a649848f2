using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>Everything works without a mouse.</summary>
public sealed class KeyboardTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    private const string Position =
        "() => [document.querySelector('#play-slider').value, document.querySelector('#play-slider').max].map(Number)";

    private const string Chosen = "document.activeElement.ariaSelected === 'true'";

    [Fact]
    public async Task Space_pauses_and_follows()
    {
        var tab = await OpenAsync();
        await ChatAsync(tab);

        await tab.Keyboard.PressAsync("Space");
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'paused'");
        var paused = await tab.ReadAsync<int[]>(Position);
        Assert.Equal("true", await tab.Page.GetAttributeAsync("#play-pause", "aria-pressed"));
        await tab.UntilAsync("max => Number(document.querySelector('#play-slider').max) > max + 2", paused[1]);
        Assert.Equal(paused[0], (await tab.ReadAsync<int[]>(Position))[0]);

        await tab.Keyboard.PressAsync("Space");
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
        var followed = await tab.ReadAsync<int[]>(Position);
        Assert.Equal(followed[1], followed[0]);
        Assert.Equal("false", await tab.Page.GetAttributeAsync("#play-pause", "aria-pressed"));
    }

    [Fact]
    public async Task Brackets_step_row_by_row()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        var numbers = await NumbersAsync(tab);

        await tab.Keyboard.PressAsync("[");
        await AssertSelectedAsync(tab, numbers[^2]);
        await tab.Keyboard.PressAsync("[");
        await AssertSelectedAsync(tab, numbers[^3]);
        Assert.Equal("paused", await tab.WordsOfAsync("#link"));
        // What lies behind is not shown.
        Assert.Equal(numbers[^3], (await NumbersAsync(tab))[^1]);
        await tab.Keyboard.PressAsync("]");
        await AssertSelectedAsync(tab, numbers[^2]);
    }

    [Fact]
    public async Task The_slider_scrubs_through_the_events()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        await tab.Page.FocusAsync("#play-slider");

        await tab.Keyboard.PressAsync("Home");
        await tab.UntilAsync("() => /^event 1 of/.test(document.querySelector('#play-words').textContent)");
        Assert.Equal("SYN-RECEIVED", await tab.WordsOfAsync("#head-us .state"));
        await tab.Keyboard.PressAsync("ArrowRight");
        await tab.UntilAsync("() => /^event 2 of/.test(document.querySelector('#play-words').textContent)");
        await tab.Keyboard.PressAsync("End");
        await tab.UntilAsync("() => /^event (\\d+) of \\1$/.test(document.querySelector('#play-words').textContent)");

        Assert.StartsWith("event", await tab.Page.GetAttributeAsync("#play-slider", "aria-valuetext"));
        Assert.Equal("TIME-WAIT", await tab.WordsOfAsync("#head-us .state"));
    }

    [Fact]
    public async Task Arrows_select_rows_and_Enter_and_w_lead_to_the_cause()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");

        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("Home");
        await tab.UntilAsync("() => document.querySelector('.row[aria-selected=true]')?.ariaPosInSet === '1'");
        var numbers = await NumbersAsync(tab);
        await AssertSelectedAsync(tab, numbers[0]);
        await tab.Keyboard.PressAsync("ArrowDown");
        await AssertSelectedAsync(tab, numbers[1]);
        await tab.Keyboard.PressAsync("ArrowDown");
        await AssertSelectedAsync(tab, numbers[2]);
        await tab.Keyboard.PressAsync("ArrowUp");
        await AssertSelectedAsync(tab, numbers[1]);
        await tab.Keyboard.PressAsync("End");
        await tab.UntilAsync(
            "() => [...document.querySelectorAll('.row[aria-selected=true]')]"
            + ".some(row => row.ariaPosInSet === row.ariaSetSize)");
        numbers = await NumbersAsync(tab);
        await AssertSelectedAsync(tab, numbers[^1]);

        await tab.Keyboard.PressAsync("Enter");
        await tab.UntilAsync("() => document.activeElement.id === 'details-body'");
        Assert.Contains("ACK seq", await tab.WordsOfAsync("#details-body .headline"), StringComparison.Ordinal);
        // The ACK of the FIN is there because of the FIN.
        await tab.Keyboard.PressAsync("w");
        await tab.UntilAsync("last => Number(document.querySelector('.row[aria-selected=true]').dataset.n) < last",
            numbers[^1]);
        await tab.Keyboard.PressAsync("Escape");
        await tab.UntilAsync("() => !document.querySelector('.row[aria-selected=true]')");
    }

    [Fact]
    public async Task A_letter_leads_to_its_panel()
    {
        var tab = await OpenAsync();

        foreach (var (key, element) in new[] { ("l", "ladder-list"), ("p", "plot-canvas"), ("b", "slider-loss") })
        {
            await tab.Keyboard.PressAsync(key);
            await tab.UntilAsync("id => document.activeElement.id === id", element);
        }
    }

    [Fact]
    public async Task Connections_are_chosen_by_arrows()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        await TransferAsync(tab, "1000");
        await tab.UntilAsync("() => document.querySelectorAll('#connections-list [role=option]').length >= 2");
        await tab.Keyboard.PressAsync("c");
        await tab.UntilAsync("() => document.activeElement.matches('#connections-list [role=option]')");

        await tab.Keyboard.PressAsync("End");
        await tab.Keyboard.PressAsync("Enter");

        await tab.UntilAsync($"() => {Chosen} && !document.activeElement.nextSibling");
        await tab.Keyboard.PressAsync("ArrowUp");
        await tab.Keyboard.PressAsync("Space");
        await tab.UntilAsync($"() => {Chosen} && document.activeElement.nextSibling");
        // Space was for the list, and has not paused the page.
        Assert.Equal("live", await tab.WordsOfAsync("#link"));
    }

    [Fact]
    public async Task Tab_reaches_every_control()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("End");
        await tab.Keyboard.PressAsync("Space");
        await tab.UntilAsync("() => document.querySelector('#details-body .headline')");
        await tab.UntilAsync("() => document.querySelector('.lesson-item button')");
        await tab.DoAsync(
            """
            () => {
              document.activeElement.blur();
              // Lists may be made anew in between.
              window.nameOf = one => one.id || one.ariaLabel || one.outerHTML.slice(0, 200);
              window.reached = new Set();
              document.addEventListener('focusin', event => reached.add(nameOf(event.target)));
            }
            """);

        const string Controls = "[...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')]"
            + ".filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }))";
        var count = await tab.ReadAsync<int>($"() => {Controls}.length");
        for (var i = 0; i < count + 10; i++)
            await tab.Keyboard.PressAsync("Tab");

        Assert.True(count > 40, $"{count} controls");
        var missed = await tab.ReadAsync<string[]>(
            $"() => {Controls}.map(nameOf).filter(name => !reached.has(name))");
        Assert.Empty(missed);
    }

    [Fact]
    public async Task The_help_opens_and_closes_and_gives_the_focus_back()
    {
        var tab = await OpenAsync();
        await tab.Keyboard.PressAsync("l");

        await tab.Keyboard.PressAsync("?");
        await tab.UntilAsync("() => document.querySelector('#help').open");
        Assert.Contains("pause, follow", await tab.WordsOfAsync("#help"), StringComparison.Ordinal);
        await tab.Keyboard.PressAsync("Escape");

        await tab.UntilAsync("() => !document.querySelector('#help').open");
        Assert.Equal("ladder-list", await tab.ReadAsync<string>("() => document.activeElement.id"));
    }

    /// <summary>The numbers of the rows in the document: those in sight, and some before and after them.</summary>
    private static Task<int[]> NumbersAsync(Tab tab) => tab.ReadAsync<int[]>(
        """
        () => [...document.querySelectorAll('#ladder-list .row')].map(row => Number(row.dataset.n))
          .sort((left, right) => left - right)
        """);

    private static async Task AssertSelectedAsync(Tab tab, int number)
    {
        await tab.UntilAsync(
            "n => document.querySelector('#ladder-list .row[aria-selected=true]')?.dataset.n === String(n)", number);
        await tab.UntilAsync(
            "n => document.querySelector('#ladder-list').getAttribute('aria-activedescendant') === `event-${n}`",
            number);
    }
}

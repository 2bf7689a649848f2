using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>Lessons in the page.</summary>
public sealed class LessonTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    private const int MaxTabs = 60;

    [Theory]
    [InlineData("en", "2", "Right.", "All claims hold.")]
    [InlineData("ko", "1", "아닙니다: 세 개", "모든 주장이 성립합니다.")]
    public async Task A_lesson_goes_from_its_button_to_its_last_claim_by_keys_alone(
        string language, string answer, string verdict, string ending)
    {
        var claims = (await (await LabAsync()).GetAsync("/api/lessons"))[0].GetProperty("claims").GetInt32();
        var tab = await OpenAsync(new Look(language));

        await TabToAsync(tab, ".lesson-item button");
        await tab.Keyboard.PressAsync("Enter");
        await tab.UntilAsync("() => document.activeElement.matches('.question button')");
        // What follows would give the answer away.
        Assert.Equal(0, await tab.Page.Locator("#lesson-steps .claim").CountAsync());
        await tab.Keyboard.PressAsync(answer);
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .end')");

        Assert.StartsWith(verdict, await tab.WordsOfAsync(".question .answer"), StringComparison.Ordinal);
        Assert.Equal(ending, await tab.WordsOfAsync("#lesson-steps .end"));
        Assert.Equal(claims, await tab.Page.Locator("#lesson-steps .claim.holds").CountAsync());
        // The words scroll by keys, and what the lesson has recorded stands in the ladder.
        Assert.Equal("lesson-steps", await tab.ReadAsync<string>("() => document.activeElement.id"));
        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("Home");
        await tab.UntilAsync("() => document.querySelector('#ladder-list .row[aria-selected=true]')");
        await TabToAsync(tab, "#banner button");
        await tab.Keyboard.PressAsync("Enter");
        await tab.UntilAsync("() => document.querySelector('#link').matches('.connected')");
        Assert.False(await tab.Page.IsVisibleAsync("#lesson"));
    }

    [Fact]
    public async Task A_link_to_a_lesson_runs_it_up_to_its_question()
    {
        var tab = await OpenAsync(scenario: "&lesson=handshake");

        await tab.UntilAsync("() => document.activeElement.matches('.question button')");

        Assert.Contains("three steps", await tab.WordsOfAsync("#lesson-title"), StringComparison.Ordinal);
        Assert.Equal("lesson", await tab.WordsOfAsync("#link"));
        Assert.Equal(0, await tab.Page.Locator("#lesson-steps .claim").CountAsync());
    }

    [Fact]
    public async Task A_lesson_that_is_left_does_not_come_back()
    {
        var tab = await OpenAsync();
        await tab.Page.ClickAsync(".lesson-item button");
        await tab.UntilAsync("() => document.querySelector('#lesson-steps .question')");

        await tab.Page.ClickAsync("#lesson-leave");

        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
        Assert.False(await tab.Page.IsVisibleAsync("#lesson"));
        Assert.False(await tab.Page.IsVisibleAsync("#banner"));
        await TransferAsync(tab, "1000");
        Assert.Equal("live", await StateAsync<string>(tab, "source"));
    }

    /// <summary>Presses Tab until the first element of a selector has the focus.</summary>
    private static async Task TabToAsync(Tab tab, string selector)
    {
        for (var i = 0; i < MaxTabs; i++)
        {
            await tab.Keyboard.PressAsync("Tab");
            if (await tab.ReadAsync<bool>(
                "selector => document.activeElement === document.querySelector(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"{MaxTabs} times Tab did not lead to {selector}");
    }
}

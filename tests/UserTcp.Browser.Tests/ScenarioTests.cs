using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>A scenario is one link: impairment, traffic, and the event where the page stops.</summary>
public sealed class ScenarioTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    [Fact]
    public async Task A_link_runs_what_it_names_and_stops_there()
    {
        const string Scenario = "impair=drop=data:3:from-stack&traffic=transfer&role=kernel&bytes=100000&step=25";
        await RepairAsync();
        var tab = await OpenAsync(scenario: $"&{Scenario}");

        await tab.UntilAsync("() => /^event 25 of/.test(document.querySelector('#play-words').textContent)");

        Assert.Equal("paused", await tab.WordsOfAsync("#link"));
        Assert.Equal("drop=data:3:from-stack", await tab.Page.InputValueAsync("#breaking-words"));
        Assert.EndsWith(
            "--impair drop=data:3:from-stack", await tab.WordsOfAsync("#breaking-command"), StringComparison.Ordinal);
        // The page offers the same link again.
        await tab.UntilAsync(
            "link => document.querySelector('#scenario-link').getAttribute('href') === link", $"#{Scenario}");
        // The link has lost the third segment with data.
        await tab.Page.ClickAsync("#play-end");
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
        await tab.UntilAsync(
            "() => /1 lost/.test(document.querySelector('#connections-list [aria-selected=true]').textContent)");
    }

    [Fact]
    public async Task A_link_within_the_page_needs_no_token()
    {
        await RepairAsync();
        var tab = await OpenAsync();

        await tab.DoAsync("() => { location.hash = '#impair=delay%3D5ms&traffic=chat&role=stack&step=8'; }");

        await tab.UntilAsync("() => /^event 8 of/.test(document.querySelector('#play-words').textContent)");
        Assert.Equal("5ms", await tab.WordsOfAsync("#slider-delay + output"));
        Assert.Equal("", await tab.ReadAsync<string>("() => location.hash"));
        await tab.UntilAsync(
            "() => /^the stack · running/.test(document.querySelector('.traffic-head .soft').textContent)");
    }

    [Fact]
    public async Task A_scenario_that_the_lab_refuses_says_so()
    {
        await RepairAsync();
        var tab = await NewTabAsync();
        tab.Expect("status of 400");
        tab.Expect("status of 404");
        await tab.Page.GotoAsync($"{(await LabAsync()).Address}&impair=lss=3%25&traffic=dance&step=5");

        await tab.UntilAsync(
            "() => /'lss' is not an impairment/.test(document.querySelector('#breaking-problem').textContent)");
        await tab.UntilAsync("() => /no such traffic/.test(document.querySelector('#notes').textContent)");
    }

    [Fact]
    public async Task Sliders_and_buttons_break_the_link_and_show_the_command_line()
    {
        await RepairAsync();
        var tab = await OpenAsync();

        await tab.Page.FocusAsync("#slider-loss");
        for (var i = 0; i < 3; i++)
            await tab.Keyboard.PressAsync("ArrowRight");
        await tab.Page.ClickAsync("#trigger-dropFin");

        await tab.UntilAsync(
            "() => /--impair loss=1%,drop=fin:1$/.test(document.querySelector('#breaking-command').textContent)");
        Assert.Equal("loss=1%,drop=fin:1", await ImpairmentAsync());
        await tab.Page.ClickAsync("#breaking-clear");
        await tab.UntilAsync("() => !/--impair/.test(document.querySelector('#breaking-command').textContent)");
        await tab.UntilAsync("async () => (await import('/app.js')).app.lab.impairment.fromStack === ''");
        Assert.Equal("", await ImpairmentAsync());
    }

    /// <summary>The link as it is at the start: the tests share a lab.</summary>
    private async Task RepairAsync()
    {
        using var nothing = new StringContent("");
        using var answer = await (await LabAsync()).Reader
            .PutAsync(new Uri("/api/impairment", UriKind.Relative), nothing).OrFail();
        Assert.True(answer.IsSuccessStatusCode);
    }

    private async Task<string?> ImpairmentAsync() =>
        (await (await LabAsync()).GetAsync("/api/lab")).GetProperty("impairment").GetProperty("fromStack").GetString();
}

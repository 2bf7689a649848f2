using Xunit;

namespace UserTcp.Browser.Tests.Kit;

/// <summary>
/// Tests of the live page. After each test the tabs that it opened are closed, and none of them may have asked another
/// origin, broken the page's policy (CSP), or written an error to the console.
/// </summary>
public abstract class PageTests(OneLab lab) : IAsyncLifetime
{
    private readonly List<Tab> _tabs = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var tab in _tabs)
            await tab.DisposeAsync();
        Assert.All(_tabs, tab => tab.AssertClean());
    }

    /// <summary>The lab of the class.</summary>
    internal Task<RunningLab> LabAsync() => lab.StartAsync();

    /// <summary>A tab that shows the lab, and is connected.</summary>
    /// <param name="look">How it looks.</param>
    /// <param name="scenario">What follows the token in the address.</param>
    internal async Task<Tab> OpenAsync(Look? look = null, string scenario = "")
    {
        var running = await LabAsync();
        var tab = await NewTabAsync(look);
        await tab.Page.GotoAsync(running.Address + scenario);
        await tab.UntilAsync(
            "() => document.querySelector('#link').matches('.connected, .paused, .lesson') && "
            + "!document.querySelector('#main').hidden");
        return tab;
    }

    /// <summary>A tab without an address.</summary>
    internal async Task<Tab> NewTabAsync(Look? look = null)
    {
        var running = await LabAsync();
        var tab = await Tab.OpenAsync(await lab.Chromium.StartAsync(), running, look ?? new Look());
        _tabs.Add(tab);
        return tab;
    }

    /// <summary>Presses a button for traffic, and waits until its connection is shown and at rest.</summary>
    internal static async Task TransferAsync(Tab tab, string bytes = "102400")
    {
        await tab.Page.SelectOptionAsync("#traffic-bytes", bytes);
        await StartAsync(tab, "#kind-transfer");
        await tab.UntilAsync(
            "() => /TIME-WAIT|CLOSED/.test(document.querySelector('#head-us .state').textContent)");
    }

    /// <summary>Starts a conversation that lasts for seconds.</summary>
    internal static async Task ChatAsync(Tab tab)
    {
        await StartAsync(tab, "#kind-chat");
        await tab.UntilAsync("() => document.querySelectorAll('#ladder-list .row.arrow').length >= 4");
    }

    /// <summary>Presses a button for traffic, and waits until the page has chosen what it started.</summary>
    private static async Task StartAsync(Tab tab, string button)
    {
        // An older connection may be shown until then, and may end now.
        await tab.DoAsync("async () => { (await import('/app.js')).app.hasChosen = false; }");
        await tab.Page.ClickAsync(button);
        // Only what is in sight is drawn.
        await tab.Keyboard.PressAsync("l");
        await tab.UntilAsync(
            "async () => { const { app } = await import('/app.js'); return app.hasChosen "
            + "&& document.querySelector('#head-us .address').textContent === app.connection.local; }");
    }

    /// <summary>What the page's one state says.</summary>
    internal static Task<T> StateAsync<T>(Tab tab, string property) =>
        tab.ReadAsync<T>("async name => (await import('/app.js')).app[name]", property);
}

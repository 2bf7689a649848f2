using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>What a reader sees who opens the address that the lab prints, and what a stranger sees.</summary>
public sealed class FirstViewTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    [Theory]
    [InlineData("en", "handshake complete")]
    [InlineData("ko", "연결 설정 완료")]
    public async Task The_address_opens_a_ladder_that_begins_with_the_handshake(string language, string completes)
    {
        var tab = await OpenAsync(new Look(language));

        await (await LabAsync()).TypeAsync("curl -sS http://198.18.0.2/bytes/1k");

        await tab.UntilAsync("() => document.querySelectorAll('#ladder-list .row.arrow').length >= 4");
        await tab.Keyboard.PressAsync("l");
        await tab.Keyboard.PressAsync("Home");
        await tab.UntilAsync(
            "() => [...document.querySelectorAll('#ladder-list .row.arrow .label')]"
            + ".some(label => /^SYN seq 0/.test(label.textContent))");
        var rows = await RowsAsync(tab);
        Assert.StartsWith("SYN seq 0 win", rows[0].Label, StringComparison.Ordinal);
        Assert.StartsWith("SYN,ACK seq 0 ack 1 win", rows[1].Label, StringComparison.Ordinal);
        Assert.StartsWith("ACK seq 1 ack 1 win", rows[2].Label, StringComparison.Ordinal);
        Assert.Equal(["in", "out", "in"], rows.Take(3).Select(row => row.Direction));
        Assert.All(rows, row => Assert.True(row.Sentence.Length > 5, $"{row.Label}: '{row.Sentence}'"));
        Assert.Contains(completes, rows[2].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ladder_grows_while_a_connection_lives()
    {
        var tab = await OpenAsync();
        await ChatAsync(tab);
        Assert.Equal("live", await tab.WordsOfAsync("#link"));
        const string Count = "Number(document.querySelector('#ladder-list .row')?.ariaSetSize)";
        var before = await tab.ReadAsync<int>($"() => {Count}");

        await tab.UntilAsync($"before => {Count} >= before + 4", before);

        Assert.Equal("ESTABLISHED", await tab.WordsOfAsync("#head-us .state"));
        Assert.Equal("ESTABLISHED", await tab.WordsOfAsync("#head-peer .state"));
    }

    [Fact]
    public async Task The_token_does_not_stay_in_the_address_and_a_reload_keeps_it()
    {
        var tab = await OpenAsync();

        Assert.DoesNotContain((await LabAsync()).Token, tab.Page.Url, StringComparison.Ordinal);
        Assert.All(tab.Requests, path => Assert.DoesNotContain("#", path, StringComparison.Ordinal));
        await tab.Page.ReloadAsync();
        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
    }

    [Fact]
    public async Task A_stranger_sees_the_gate_and_nothing_else()
    {
        var tab = await NewTabAsync();

        await tab.Page.GotoAsync(Start(await LabAsync()));

        await tab.UntilAsync("() => !document.querySelector('#gate').hidden");
        Assert.Contains("nothing to strangers", await tab.WordsOfAsync("#gate-words"), StringComparison.Ordinal);
        Assert.False(await tab.Page.IsVisibleAsync("#main"));
        Assert.Equal("", await tab.WordsOfAsync("#device"));
        Assert.Equal("gate-token", await FocusAsync(tab));
        Assert.DoesNotContain(tab.Requests, path => path.StartsWith("/api/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_gate_refuses_a_wrong_token_and_opens_for_the_pasted_address()
    {
        var running = await LabAsync();
        var tab = await NewTabAsync();
        // The browser itself writes each refusal to the console.
        tab.Expect("status of 401");
        await tab.Page.GotoAsync($"{Start(running)}#{new string('0', running.Token.Length)}");
        await tab.UntilAsync(
            "() => /does not know this token/.test(document.querySelector('#gate-words').textContent)");
        Assert.False(await tab.Page.IsVisibleAsync("#main"));

        await tab.Keyboard.TypeAsync(running.Address);
        await tab.Keyboard.PressAsync("Enter");

        await tab.UntilAsync("() => document.querySelector('#link').textContent === 'live'");
        Assert.True(await tab.Page.IsVisibleAsync("#main"));
        Assert.False(await tab.Page.IsVisibleAsync("#gate"));
    }

    private static string Start(RunningLab running) => running.Stranger.BaseAddress!.ToString();

    private static Task<string> FocusAsync(Tab tab) => tab.ReadAsync<string>("() => document.activeElement.id");

    private static async Task<Row[]> RowsAsync(Tab tab) => await tab.ReadAsync<Row[]>(
        """
        () => [...document.querySelectorAll('#ladder-list .row.arrow')]
          .sort((left, right) => left.dataset.n - right.dataset.n)
          .map(row => ({
            label: row.querySelector('.label').textContent,
            direction: row.querySelector('.wire').classList.contains('out') ? 'out' : 'in',
            sentence: row.querySelector('.says').lastChild.textContent,
          }))
        """);

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public string Direction { get; set; } = "";

        public string Sentence { get; set; } = "";
    }
}

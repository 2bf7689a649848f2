using System.Text.Json;
using Xunit;

namespace UserTcp.Browser.Tests.Kit;

/// <summary>
/// The page's modules, without the page: a tab at the gate, where they are imported from the page's own origin. All
/// tests of modules share it, with the events of one connection that has lost a segment.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ModulePage(Chromium chromium) : ICollectionFixture<ModulePage>, IAsyncDisposable
{
    public const string Name = "modules";

    private readonly TemporaryFolder _folder = new();
    private RunningLab? _lab;
    private Tab? _tab;
    private string? _recorded;

    /// <summary>Runs a function of JavaScript with an argument; returns its result as JSON.</summary>
    internal async Task<string> RunAsync(string function, object? argument = null)
    {
        var tab = await StartAsync();
        var result = await tab.ReadAsync<string>(
            $"async argument => JSON.stringify(await ({function})(argument))", argument).OrFail();
        tab.AssertClean();
        return result;
    }

    /// <summary>The result as a type.</summary>
    internal async Task<T> RunAsync<T>(string function, object? argument = null) =>
        JsonSerializer.Deserialize<T>(await RunAsync(function, argument), JsonSerializerOptions.Web)!;

    /// <summary>The events of a transfer whose third segment with data was lost, a JSON object a line.</summary>
    internal async Task<string> RecordedAsync()
    {
        await StartAsync();
        return _recorded ??= await RecordAsync(_lab!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_tab is not null)
            await _tab.DisposeAsync();
        _lab?.Dispose();
        _folder.Dispose();
    }

    private static async Task<string> RecordAsync(RunningLab lab)
    {
        using var events = await lab.WatchAsync();
        await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":200000}""");
        var lines = new List<string>();
        await RunningLab.NextAsync(events, one =>
        {
            if (one.TryGetProperty("local", out _))
                lines.Add(one.GetRawText());
            return one.GetProperty("kind").GetString() == "conn" && one.GetProperty("change").GetString() == "Ended";
        });
        return string.Join('\n', lines);
    }

    private async Task<Tab> StartAsync()
    {
        Chromium.MustBeHere();
        _lab ??= await RunningLab.StartAsync(
            chromium.Network, _folder, "--impair", "delay=2ms,drop=data:3:from-stack,seed=1");
        if (_tab is null)
        {
            _tab = await Tab.OpenAsync(await chromium.StartAsync(), _lab, new Look());
            await _tab.Page.GotoAsync(_lab.Stranger.BaseAddress!.ToString());
            await _tab.UntilAsync("() => !document.querySelector('#gate').hidden");
        }

        return _tab;
    }
}

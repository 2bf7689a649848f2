namespace UserTcp.Browser.Tests.Kit;

/// <summary>One lab for the tests of a class, which run one after the other.</summary>
/// <param name="chromium">The browser.</param>
public sealed class OneLab(Chromium chromium) : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningLab? _lab;

    internal Chromium Chromium => chromium;

    internal async Task<RunningLab> StartAsync()
    {
        Chromium.MustBeHere();
        return _lab ??= await RunningLab.StartAsync(chromium.Network, _folder);
    }

    public ValueTask DisposeAsync()
    {
        _lab?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

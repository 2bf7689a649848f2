using Microsoft.Playwright;
using UserTcp.Browser.Tests.Kit;
using UserTcp.Cli;
using Xunit;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace UserTcp.Browser.Tests.Kit;

/// <summary>
/// Debian's chromium, started once for all tests, in a network of its own. The labs of the tests publish their pages in
/// that network, and nothing else is in it: no request of the browser can leave the machine.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string Program = "chromium";

    private readonly TemporaryFolder _home = new();
    private readonly Lazy<PrivateNetwork> _network = new(() => new PrivateNetwork());
    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _driver;

    public Chromium() => _browser = new Lazy<Task<IBrowser>>(LaunchAsync);

    internal PrivateNetwork Network => _network.Value;

    /// <summary>Fails, or skips the test, when the machine lacks what these tests need.</summary>
    internal static void MustBeHere()
    {
        Need.Programs(Program, "curl");
        Need.Lab();
    }

    internal Task<IBrowser> StartAsync() => _browser.Value.OrFail();

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated)
            await (await _browser.Value).CloseAsync();
        _driver?.Dispose();
        if (_network.IsValueCreated)
            _network.Value.Dispose();
        _home.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        // The driver is a child that starts in this call, and the browser is its child: both are in the network.
        _driver = await Network.Inside(Playwright.CreateAsync);
        return await _driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Programs.Find(Program),
            // The sandbox refuses root, and another user's user namespace permits no second one. The pages are our own.
            ChromiumSandbox = false,
            // Its settings and caches go with the folder.
            Env = new Dictionary<string, string>
            {
                ["HOME"] = _home.Path,
                ["LC_ALL"] = "C.UTF-8",
                ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
                ["TMPDIR"] = _home.Path,
            },
        });
    }
}

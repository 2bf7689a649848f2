using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;

namespace UserTcp.Browser.Tests.Kit;

/// <summary>
/// A tab with the page, in a browser context of its own. It collects all that must not happen in any test.
/// </summary>
internal sealed class Tab : IAsyncDisposable
{
    private const string ReportViolations =
        "addEventListener('securitypolicyviolation', "
        + "event => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));";

    private readonly IBrowserContext _context;
    private readonly string _origin;
    private readonly ConcurrentQueue<string> _problems = [];
    private readonly ConcurrentQueue<string> _requests = [];
    private readonly List<string> _expected = [];

    private Tab(IBrowserContext context, IPage page, string origin)
    {
        (_context, Page, _origin) = (context, page, origin);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _problems.Enqueue($"on the console: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _problems.Enqueue($"uncaught: {error}");
        page.Crash += (_, _) => _problems.Enqueue("the tab crashed");
        page.Request += (_, request) => Note(request.Url);
    }

    public IPage Page { get; }

    public IKeyboard Keyboard => Page.Keyboard;

    /// <summary>Paths of all requests until now.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static async Task<Tab> OpenAsync(IBrowser browser, RunningLab lab, Look look)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            Locale = look.Language == "ko" ? "ko-KR" : "en-US",
            ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = look.Width, Height = Look.Height },
        });
        context.SetDefaultTimeout((float)Until.Timeout.TotalMilliseconds);
        await context.AddInitScriptAsync(ReportViolations);
        var page = await context.NewPageAsync();
        return new Tab(context, page, lab.Stranger.BaseAddress!.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>A problem with these words belongs to the test.</summary>
    public void Expect(string words) => _expected.Add(words);

    /// <summary>Waits until a function of JavaScript returns true. A failure says what the page shows then.</summary>
    public async Task UntilAsync(string function, object? argument = null)
    {
        try
        {
            await Page.WaitForFunctionAsync(function, argument);
        }
        catch (TimeoutException)
        {
            const string Shown =
                """
                async () => {
                  const { app } = await import('/app.js');
                  const frame = await Promise.race([
                    new Promise(done => requestAnimationFrame(() => done('frames come'))),
                    new Promise(done => setTimeout(() => done('no frame comes'), 2000)),
                  ]);
                  return [
                    ...['#link', '#notes', '#checkup-words', '#connections-list', '#traffic-list', '#play-words']
                      .map(one => document.querySelector(one).innerText.replaceAll('\n', ' ')),
                    `${app.live.ordered.length} connections, ${app.live.lastNumber} events`,
                    document.visibilityState, frame,
                  ].join(' | ');
                }
                """;
            Assert.Fail($"Not within {Until.Timeout}: {function} {argument}\n{await ReadAsync<string>(Shown)}");
        }
    }

    /// <summary>The value of an expression of JavaScript.</summary>
    public Task<T> ReadAsync<T>(string expression, object? argument = null) =>
        Page.EvaluateAsync<T>(expression, argument);

    /// <summary>Runs a function of JavaScript.</summary>
    public Task DoAsync(string function, object? argument = null) => Page.EvaluateAsync(function, argument);

    /// <summary>What an element says.</summary>
    public async Task<string> WordsOfAsync(string selector) => await Page.InnerTextAsync(selector);

    /// <summary>Fails with all that must not have happened.</summary>
    public void AssertClean()
    {
        var found = _problems.Where(problem => !_expected.Any(problem.Contains)).ToArray();
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Note(string url)
    {
        var isOwn = url.StartsWith($"{_origin}/", StringComparison.Ordinal);
        // Pictures of the page itself, and files that it makes, are no traffic.
        if (!isOwn && !url.StartsWith("data:", StringComparison.Ordinal)
            && !url.StartsWith($"blob:{_origin}/", StringComparison.Ordinal))
        {
            _problems.Enqueue($"a request to {url}");
        }

        _requests.Enqueue(isOwn ? url[_origin.Length..] : url);
    }
}

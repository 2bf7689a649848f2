using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using UserTcp.Cli.Hosting;
using UserTcp.Hosting;

namespace UserTcp.Cli.Lab;

/// <summary>
/// The live page of a stack, on a port of the stack itself: its files for everybody, and its data (/api) for requests
/// with the token. The page's own connections are connections of the stack as all others are.
/// </summary>
internal sealed class LabPage : IAsyncDisposable
{
    /// <summary>The port of the page.</summary>
    public const int Port = 8088;

    /// <summary>Names the page's address for the command of a lab.</summary>
    public const string Variable = "USERTCP_PAGE";

    private const string Api = "/api";

    private readonly LabAssets _assets = new();
    private readonly LabToken _token = new();
    private LabApi? _api;

    /// <summary>How the stack was started, which the page says of it.</summary>
    public required LabSetup Setup { get; init; }

    /// <summary>The states of the kernel's ends, in a lab; null where the kernel is not asked.</summary>
    public PeerStates? Peers { get; init; }

    /// <summary>What the page can save.</summary>
    public required LabKept Kept { get; init; }

    /// <summary>The page's address.</summary>
    /// <param name="host">Address and port where a browser reaches it.</param>
    public string AddressAt(string host) => $"http://{host}/#{_token.Value}";

    /// <summary>Serves the page.</summary>
    public void Map(IApplicationBuilder application) => application.Run(RunAsync);

    /// <summary>Ends the traffic of the page, and the recording. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _api, null) is { } api)
            await api.DisposeAsync();
        Kept.Dispose();
    }

    private async Task RunAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments(Api, StringComparison.Ordinal, out var path))
        {
            await _assets.SendAsync(context);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        if (!_token.IsIn(context.Request))
        {
            await LabAnswer.RefuseAsync(
                context, StatusCodes.Status401Unauthorized, "the address that usertcp has printed has the token");
            return;
        }

        await (await ApiAsync(context)).RunAsync(context, path);
    }

    /// <summary>The first request finds the stack up; the page is served over it.</summary>
    private async ValueTask<LabApi> ApiAsync(HttpContext context)
    {
        if (Volatile.Read(ref _api) is { } api)
            return api;
        var provider = context.RequestServices.GetRequiredService<IUserTcpStackProvider>();
        var stack = await provider.GetStackAsync(context.RequestAborted);
        var options = context.RequestServices.GetRequiredService<IOptions<UserTcpOptions>>().Value;
        var created = new LabApi(stack, Setup, options, provider.ImpairedLink, Peers, Kept);
        var first = Interlocked.CompareExchange(ref _api, created, null);
        if (first is null)
            return created;
        await created.DisposeAsync();
        return first;
    }
}

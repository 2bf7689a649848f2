using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using UserTcp.Cli.Lab.Traffic;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/traffic: lists traffic, starts some (POST /api/traffic/transfer), and acts on it (POST /api/traffic/3/kill), or
/// on one of its connections (<c>?local=ADDRESS:PORT&amp;peer=ADDRESS:PORT</c>).
/// </summary>
internal sealed class TrafficPage(TrafficDesk desk) : IAsyncDisposable
{
    private const int MaxLength = 4096;
    private const long MaxBytes = 1L << 30;

    public ValueTask DisposeAsync() => desk.DisposeAsync();

    /// <param name="context">The request.</param>
    /// <param name="path">Its path below /api/traffic.</param>
    public Task RunAsync(HttpContext context, PathString path)
    {
        var words = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (context.Request.Method, words) switch
        {
            ("GET", []) => LabAnswer.SendAsync(context, [.. desk.Rows], LabJson.Default.TrafficRowArray),
            ("POST", [var kind]) => StartAsync(context, kind),
            ("POST", [var id, var action]) => ActAsync(context, id, action),
            _ => NotFoundAsync(context),
        };
    }

    private async Task StartAsync(HttpContext context, string name)
    {
        if (TrafficRow.KindOf(name) is not { } kind)
        {
            await NotFoundAsync(context);
            return;
        }

        if (await RequestBody.ReadStringAsync(context, MaxLength) is not { } body)
            return;
        if (Parse(body) is not { } request || RoleOf(request) is not { } role)
        {
            await LabAnswer.RefuseAsync(
                context, StatusCodes.Status400BadRequest,
                "the body is not such as {\"role\":\"kernel\",\"bytes\":1000}: role kernel or stack, and 1 to "
                + $"{MaxBytes:N0} bytes");
            return;
        }

        await (desk.TryStart(kind, role, request.Bytes) is { } row
            ? LabAnswer.SendAsync(context, row, LabJson.Default.TrafficRow)
            : LabAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, "too much traffic runs: end some of it"));
    }

    private Task ActAsync(HttpContext context, string id, string action)
    {
        var (local, peer) = (context.Request.Query["local"].ToString(), context.Request.Query["peer"].ToString());
        if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || desk.Find(number) is not { } run || !run.TryAct(action, local, peer))
        {
            return NotFoundAsync(context);
        }

        return LabAnswer.SendAsync(context, run.ToRow(), LabJson.Default.TrafficRow);
    }

    private static TrafficRole? RoleOf(TrafficRequest request) => request.Role switch
    {
        "kernel" => TrafficRole.Kernel,
        "stack" => TrafficRole.Stack,
        _ => null,
    };

    private static TrafficRequest? Parse(string body)
    {
        try
        {
            var request = body.Length == 0
                ? new TrafficRequest()
                : JsonSerializer.Deserialize(body, LabJson.Default.TrafficRequest);
            return request is { Bytes: > 0 and <= MaxBytes } ? request : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task NotFoundAsync(HttpContext context) =>
        LabAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such traffic");
}

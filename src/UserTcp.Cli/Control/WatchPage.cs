using System.Text;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Filters;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Control;

/// <summary>
/// The page /watch: a line or a JSON object for each event that a <see cref="WatchRequest"/> wants, until the client
/// leaves. Events are sent together as long as more of them wait.
/// </summary>
internal sealed class WatchPage(HttpContext context, WatchRequest request, FilterList filters)
{
    /// <summary>A client that reads nothing for this long is dropped.</summary>
    private static readonly TimeSpan MaxStall = TimeSpan.FromSeconds(10);

    /// <summary>Bytes that are sent together at most.</summary>
    private const int MaxBatch = 32 << 10;

    private readonly EventExplainer _explainer = new();
    private readonly EventLine _lines = new(request.Style);
    private int _batch;

    public static async Task RunAsync(HttpContext context, UserTcpStack stack)
    {
        var request = WatchRequest.Read(context.Request.Query);
        context.Response.ContentType = request.Json ? "application/x-ndjson" : "text/plain; charset=utf-8";
        if (FilterList.Parse([.. request.Filters], out var problem) is { } filters)
            await new WatchPage(context, request, filters).SendAsync(stack);
        else
            await RefuseAsync(context, StatusCodes.Status400BadRequest, problem!);
    }

    private async Task SendAsync(UserTcpStack stack)
    {
        var leave = context.RequestAborted;
        await using var events = stack.WatchAsync(leave).GetAsyncEnumerator(leave);
        // The first step starts the watch, and fails at once when too many are open.
        var next = events.MoveNextAsync().AsTask();
        if (next.IsFaulted)
        {
            await RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, next.Exception.InnerException!.Message);
            return;
        }

        try
        {
            await context.Response.StartAsync(leave);
            await FlushAsync();
            while (await next)
            {
                Write(events.Current);
                next = events.MoveNextAsync().AsTask();
                if (_batch > 0 && (!next.IsCompleted || _batch >= MaxBatch))
                    await FlushAsync();
            }

            await FlushAsync();
        }
        catch (OperationCanceledException)
        {
            // The client has left: a watch ends so.
        }
        catch (TimeoutException)
        {
            // The client does not read, and would keep its data in memory without limit.
            context.Abort();
        }
        finally
        {
            await next.ContinueWith(
                static _ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Write(in TraceEvent traceEvent)
    {
        var explained = _explainer.Explain(traceEvent);
        if (!request.Wants(explained, filters))
        {
            _lines.Remember(explained);
            return;
        }

        var line = request.Json ? EventJson.Format(explained, request.Style.Language) : _lines.Format(explained);
        if (line is null)
            return;
        var count = Encoding.UTF8.GetMaxByteCount(line.Length + 1);
        var span = context.Response.BodyWriter.GetSpan(count);
        var written = Encoding.UTF8.GetBytes(line, span);
        span[written] = (byte)'\n';
        context.Response.BodyWriter.Advance(written + 1);
        _batch += written + 1;
    }

    private async Task FlushAsync()
    {
        _batch = 0;
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask()
            .WaitAsync(MaxStall, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}

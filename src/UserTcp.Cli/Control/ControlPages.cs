using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Capture;
using UserTcp.Cli.Filters;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.Cli.Control;

/// <summary>
/// The pages of the control socket: /stack, /connections, /counters, /memory of the process, and /watch, which sends a
/// line for each segment until the client leaves; with ?filter= only for segments whose connections match. Only the
/// user that runs the stack can open them. Port 80 has none of them.
/// </summary>
internal static class ControlPages
{
    /// <summary>A client of /watch that reads nothing for this long is dropped.</summary>
    private static readonly TimeSpan MaxStall = TimeSpan.FromSeconds(10);

    public static void Map(IApplicationBuilder application) => application.Run(static async context =>
    {
        var stack = await context.RequestServices.GetRequiredService<IUserTcpStackProvider>()
            .GetStackAsync(context.RequestAborted);
        await (context.Request.Path.Value switch
        {
            "/stack" => context.Response.WriteAsJsonAsync(Notice(stack), ControlJson.Default.StackNotice),
            "/connections" => context.Response.WriteAsJsonAsync(
                ConnectionRow.From(stack), ControlJson.Default.ConnectionRowArray),
            "/counters" => context.Response.WriteAsJsonAsync(
                Counters(stack), ControlJson.Default.DictionaryStringInt64),
            "/memory" => context.Response.WriteAsJsonAsync(Memory(), ControlJson.Default.DictionaryStringInt64),
            "/watch" => WatchAsync(context, stack),
            _ => NotFound(context),
        });
    });

    private static StackNotice Notice(UserTcpStack stack) => new(
        Environment.ProcessId, stack.DeviceName, [.. stack.Addresses.Select(address => address.ToString())]);

    private static Dictionary<string, long> Counters(UserTcpStack stack)
    {
        var counters = stack.GetCounters();
        var values = Enum.GetValues<Counter>()
            .ToDictionary(counter => counter.ToString(), counter => counters[counter]);
        var memory = stack.GetMemoryUsage();
        values["MemoryHeld"] = memory.Held;
        values["MemoryIdle"] = memory.Idle;
        values["MemoryLimit"] = memory.Limit;
        values["MemoryState"] = (long)memory.State;
        return values;
    }

    /// <summary>Garbage collections: carrying data should cause none.</summary>
    private static Dictionary<string, long> Memory()
    {
        var memory = new Dictionary<string, long>
        {
            ["allocatedBytes"] = GC.GetTotalAllocatedBytes(),
            ["pausedMicroseconds"] = (long)GC.GetTotalPauseDuration().TotalMicroseconds,
        };
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            memory[$"collections{generation}"] = GC.CollectionCount(generation);
        return memory;
    }

    private static async Task WatchAsync(HttpContext context, UserTcpStack stack)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (FilterList.Parse(context.Request.Query["filter"], out var problem) is not { } filters)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(problem + "\n", context.RequestAborted);
            return;
        }

        await using var segments = stack.WatchAsync(context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        // The first step starts the watch, and fails at once when too many are open.
        var next = segments.MoveNextAsync().AsTask();
        if (next.IsFaulted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(next.Exception.InnerException!.Message + "\n", context.RequestAborted);
            return;
        }

        try
        {
            await context.Response.StartAsync(context.RequestAborted);
            await FlushAsync(context);
            for (; await next; next = segments.MoveNextAsync().AsTask())
            {
                if (!filters.Matches(SocketAddresses.Of(segments.Current)))
                    continue;
                await context.Response.WriteAsync(SegmentLine.Format(segments.Current) + "\n", context.RequestAborted)
                    .WaitAsync(MaxStall, context.RequestAborted);
                await FlushAsync(context);
            }
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

    private static Task FlushAsync(HttpContext context) =>
        context.Response.Body.FlushAsync(context.RequestAborted).WaitAsync(MaxStall, context.RequestAborted);

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

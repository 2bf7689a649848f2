using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Capture;
using UserTcp.Engine.Diagnostics;
using UserTcp.Hosting;

namespace UserTcp.Cli.Control;

/// <summary>What the control socket answers: /connections, /counters, and /watch, a line for each segment until the asker goes.</summary>
internal static class ControlPages
{
    public static void Map(IApplicationBuilder application) => application.Run(static async context =>
    {
        var stack = await context.RequestServices.GetRequiredService<IUserTcpStackProvider>().GetStackAsync(context.RequestAborted);
        await (context.Request.Path.Value switch
        {
            "/connections" => context.Response.WriteAsJsonAsync(ConnectionRow.From(stack), ControlJson.Default.ConnectionRowArray),
            "/counters" => context.Response.WriteAsJsonAsync(Counters(stack), ControlJson.Default.DictionaryStringInt64),
            "/watch" => WatchAsync(context, stack),
            _ => NotFound(context),
        });
    });

    private static Dictionary<string, long> Counters(UserTcpStack stack)
    {
        var counters = stack.GetCounters();
        var values = Enum.GetValues<Counter>().ToDictionary(counter => counter.ToString(), counter => counters[counter]);
        var memory = stack.GetMemoryUsage();
        values["MemoryHeld"] = memory.Held;
        values["MemoryIdle"] = memory.Idle;
        values["MemoryLimit"] = memory.Limit;
        values["MemoryState"] = (long)memory.State;
        return values;
    }

    private static async Task WatchAsync(HttpContext context, UserTcpStack stack)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await foreach (var segment in stack.WatchAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(SegmentLine.Format(segment) + "\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The asker has gone, which is how a watch ends.
        }
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

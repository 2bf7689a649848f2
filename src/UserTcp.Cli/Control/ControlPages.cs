using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.Cli.Control;

/// <summary>
/// The pages of the control socket: /stack, /connections, /counters, /memory of the process, /watch, the events
/// (<see cref="WatchPage"/>), and the connections of `nc --stack` (<see cref="NcPage"/>). Only the user that runs the
/// stack can open them. Port 80 has none of them.
/// </summary>
internal static class ControlPages
{
    public static void Map(IApplicationBuilder application)
    {
        var connections = new NcPage();
        application.UseWebSockets(new WebSocketOptions { KeepAliveInterval = NcPage.KeepAliveInterval });
        application.Run(context => RunAsync(context, connections));
    }

    private static async Task RunAsync(HttpContext context, NcPage connections)
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
            "/watch" => WatchPage.RunAsync(context, stack),
            "/nc/connect" or "/nc/listen" or "/nc/accept" => connections.RunAsync(context, stack),
            _ => NotFound(context),
        });
    }

    private static StackNotice Notice(UserTcpStack stack) => new(
        Environment.ProcessId, stack.DeviceName, [.. stack.Addresses.Select(address => address.ToString())]);

    /// <summary>All counters of the stack, by name.</summary>
    public static Dictionary<string, long> Counters(UserTcpStack stack)
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

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

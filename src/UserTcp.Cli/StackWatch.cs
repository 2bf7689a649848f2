using UserTcp.Capture;

namespace UserTcp.Cli;

/// <summary>Prints the events of a stack of this process until the stack has ended.</summary>
internal sealed class StackWatch
{
    /// <summary>How long a sent segment waits for the link's verdict.</summary>
    private static readonly TimeSpan MaxHold = TimeSpan.FromMilliseconds(5);

    private readonly Task _printing;

    private StackWatch(Task printing) => _printing = printing;

    /// <summary>Prints every event from now on.</summary>
    public static StackWatch Start(UserTcpStack stack, TextWriter writer, EventForm form, LineStyle style) =>
        new(PrintAsync(stack, new EventPrinter(writer, form, style)));

    /// <summary>Completes when the stack has ended, and its last event is printed.</summary>
    public Task EndAsync() => _printing;

    private static async Task PrintAsync(UserTcpStack stack, EventPrinter printer)
    {
        await using var events = stack.WatchAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();
        while (await next)
        {
            printer.Print(events.Current);
            next = events.MoveNextAsync().AsTask();
            if (printer.IsHolding && !next.IsCompleted && await Task.WhenAny(next, Task.Delay(MaxHold)) != next)
                printer.Flush();
        }

        printer.Flush();
    }
}

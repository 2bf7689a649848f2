using System.Text;
using UserTcp.Capture;
using UserTcp.Capture.Pictures;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Plotting;

/// <summary>The events of a running stack, collected over its control socket.</summary>
internal static class LiveEvents
{
    /// <summary>Max events collected; each takes about a kilobyte.</summary>
    private const int MaxEvents = 500_000;

    /// <summary>Collects events for a time, or until an interruption, or until the stack ends.</summary>
    /// <param name="stack">Which stack; null for the only one.</param>
    /// <param name="time">How long; null until an interruption.</param>
    /// <param name="cancellationToken">The interruption.</param>
    /// <exception cref="CommandException">There is no such stack, or it refuses.</exception>
    public static async Task<IReadOnlyList<PlottedConnection>> CollectAsync(
        string? stack, TimeSpan? time, CancellationToken cancellationToken)
    {
        using var client = await StackChoice.ConnectAsync(stack, cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = new WatchRequest { Form = EventForm.Json, Style = LineStyle.Plain with { AllEvents = true } };
        using var response = await client.WatchAsync(request, end.Token);
        using var lines = new StreamReader(response.Content);
        if (time is { } limit)
            end.CancelAfter(limit);
        var collected = new StringBuilder();
        try
        {
            for (var count = 0; count < MaxEvents && await lines.ReadLineAsync(end.Token) is { } line; count++)
                collected.Append(line).Append('\n');
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The time is over, or the stack has ended: what came before is drawn.
        }

        return EventFile.Group(EventJsonReader.Read(new StringReader(collected.ToString())));
    }
}

using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Commands;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Replaying;

/// <summary>Prints the events of a replay as lines, as JSON, or as ladders.</summary>
internal sealed class ReplayPrinter(TextWriter output, WatchRequest request, bool asLadder)
{
    private const int MaxConversations = 256;
    private const int MaxEvents = 1 << 16;

    private readonly EventLine _lines = new(request.Style);
    private readonly Ladder _ladder = new(MaxConversations, MaxEvents);

    /// <summary>Prints the first line: what was recorded.</summary>
    public void PrintHeading(UserTcpReplay replay)
    {
        if (request.Form == EventForm.Json)
            return;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"-- {replay.Device}, recorded {replay.StartedAt:yyyy-MM-dd HH:mm:ss}Z: "
            + $"{string.Join(", ", replay.Addresses)}"));
    }

    /// <summary>An event that is not printed. It may be a cause of a later one.</summary>
    public void Pass(ExplainedEvent explained) => _lines.Remember(explained);

    /// <summary>Prints an event, unless the style leaves it out.</summary>
    public void Print(ExplainedEvent explained)
    {
        if (asLadder)
            _ladder.OnEvent(explained.Event);
        else if (request.Form == EventForm.Json)
            output.WriteLine(EventJson.Format(explained, request.Style.Language));
        else if (_lines.Format(explained) is { } line)
            output.WriteLine(line);
    }

    /// <summary>Prints what was gathered.</summary>
    public void Finish()
    {
        if (asLadder)
            _ladder.PrintAll(output, request.Style);
    }

    /// <summary>Prints the connection of the current event, as ss has it.</summary>
    public static void PrintConnection(TextWriter output, ReplayRun run)
    {
        if (run.Current is not { } current)
            return;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"-- at event {current.Event.Number}: {current.Event.Tuple}"));
        if (run.SnapshotOf(current) is { } snapshot)
        {
            SsCommand.Print(
                output, [ConnectionRow.From(snapshot)], new ConnectionDetails(Info: true, Timers: true, Memory: true),
                noHeader: true);
        }
        else
        {
            output.WriteLine("   the connection has ended");
        }
    }
}

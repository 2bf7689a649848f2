using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Prints the ladders of all connections while they grow: a heading where the connection changes, then its rungs. A
/// sent segment and its effects are held until the next cause, or <see cref="Flush"/>: the link judges a frame after
/// the segment's event. One thread at a time.
/// </summary>
/// <param name="writer">Where it prints.</param>
/// <param name="style">How it looks.</param>
/// <param name="maxConnections">Connections whose start is remembered; beyond that, the first one is forgotten.</param>
public sealed class LiveLadder(TextWriter writer, LineStyle style, int maxConnections = 1024)
{
    private readonly CauseChain _causes = new();
    private readonly Dictionary<FourTuple, LadderPrinter> _printers = [];
    private readonly Queue<FourTuple> _order = new();
    private readonly Queue<ExplainedEvent> _held = new();
    private FourTuple? _last;

    /// <summary>True while a sent segment is held.</summary>
    public bool IsHolding => _held.Count > 0;

    /// <summary>Takes the next event, and prints what is complete.</summary>
    public void Print(ExplainedEvent explained)
    {
        ArgumentNullException.ThrowIfNull(explained);
        Remember(explained);
        if (IsCause(explained.Event))
            Flush();
        if (IsHolding || explained.Event is { Kind: TraceEventKind.Segment, Segment.Sent: true })
            _held.Enqueue(explained);
        else
            PrintNow(explained);
    }

    /// <summary>Remembers an event that is not printed: it may be a cause of a later one.</summary>
    public void Remember(ExplainedEvent explained)
    {
        if (style.Causes)
            _causes.Add(explained);
    }

    /// <summary>Prints what is held.</summary>
    public void Flush()
    {
        while (_held.TryDequeue(out var explained))
            PrintNow(explained);
    }

    private static bool IsCause(in TraceEvent traceEvent) => traceEvent.Kind switch
    {
        TraceEventKind.Timer => traceEvent.Timer.Action == TimerAction.Expired,
        TraceEventKind.Segment or TraceEventKind.Call or TraceEventKind.Link or TraceEventKind.Gap => true,
        _ => false,
    };

    private void PrintNow(ExplainedEvent explained)
    {
        if (explained.Event.Kind == TraceEventKind.Gap)
        {
            writer.WriteLine($"  -- {explained.Say(style.Language)} --");
            return;
        }

        var tuple = explained.Event.Tuple;
        if (IsBegin(explained.Event))
            Begin(tuple);
        if (!LadderPrinter.IsShown(explained.Event, style))
            return;
        if (!_printers.TryGetValue(tuple, out var printer))
            printer = Begin(tuple);
        if (_last != tuple)
            printer.PrintHeading(explained);
        _last = tuple;
        printer.Print(explained);
    }

    private static bool IsBegin(in TraceEvent traceEvent) =>
        traceEvent is { Kind: TraceEventKind.Connection, Connection.Kind: not ConnectionChangeKind.Ended };

    /// <summary>A new ladder: the same addresses and ports may have had another connection.</summary>
    private LadderPrinter Begin(in FourTuple tuple)
    {
        if (!_printers.ContainsKey(tuple))
        {
            if (_printers.Count == maxConnections)
                _printers.Remove(_order.Dequeue());
            _order.Enqueue(tuple);
        }

        return _printers[tuple] = new LadderPrinter(writer, style, _causes);
    }
}

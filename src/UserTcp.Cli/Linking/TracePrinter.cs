using System.Threading.Channels;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Tun;

namespace UserTcp.Cli.Linking;

/// <summary>
/// Prints explained events on a thread of its own, with low priority: a terminal that is slow, or stopped, does not
/// stop the link. Events that find no room are counted, and a line says how many. One thread at a time adds events.
/// </summary>
internal sealed class TracePrinter : IDisposable
{
    /// <summary>Max events that wait. When there are as many, none is added until half of them are printed.</summary>
    private const int MaxWaiting = 4096;

    /// <summary>How long the end waits for what is not printed yet.</summary>
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(2);

    private readonly Channel<ExplainedEvent> _waiting = Channel.CreateBounded<ExplainedEvent>(MaxWaiting);
    private readonly TextWriter _writer;
    private readonly EventLine? _lines;
    private readonly LiveLadder? _ladder;
    private readonly Task _printing;
    private long _missed;

    public TracePrinter(TextWriter writer, EventForm form, LineStyle style)
    {
        _writer = writer;
        if (form == EventForm.Ladder)
            _ladder = new LiveLadder(writer, style);
        else
            _lines = new EventLine(style);
        _printing = BackgroundThread.RunAsync("trace", Run);
    }

    /// <summary>Adds the next event.</summary>
    public void Add(ExplainedEvent explained)
    {
        if (_missed > 0 && _waiting.Reader.Count <= MaxWaiting / 2
            && _waiting.Writer.TryWrite(GapBefore(explained.Event)))
        {
            _missed = 0;
        }

        if (_missed > 0 || !_waiting.Writer.TryWrite(explained))
            _missed++;
    }

    /// <summary>Prints what waits, unless that takes too long.</summary>
    public void Dispose()
    {
        _waiting.Writer.Complete();
        Task.WaitAny([_printing], MaxEnd);
    }

    private ExplainedEvent GapBefore(in TraceEvent traceEvent) => new EventExplainer().Explain(new TraceEvent
    {
        Number = traceEvent.Number - 1,
        Kind = TraceEventKind.Gap,
        Time = traceEvent.Time,
        Tuple = default,
        Missed = _missed,
    });

    private void Run()
    {
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_waiting.Reader.TryRead(out var explained))
                Print(explained);
            _ladder?.Flush();
        }
    }

    private void Print(ExplainedEvent explained)
    {
        if (_ladder is { } ladder)
            ladder.Print(explained);
        else if (_lines!.Format(explained) is { } lines)
            _writer.WriteLine(lines);
    }
}

namespace UserTcp.Cli;

/// <summary>
/// The progress of a long command: one line on a terminal, rewritten in place without escape sequences, and removed at
/// the end. A pipe, a file and a dumb terminal get nothing.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly TextWriter? _terminal;
    private readonly TimeProvider _time;
    private readonly int _width;
    private long _written;
    private int _length;

    /// <param name="terminal">Where it goes; null for nowhere.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="time">The clock: lines come at most five times a second.</param>
    public ProgressLine(TextWriter? terminal, int width, TimeProvider time)
    {
        (_terminal, _width, _time) = (terminal, width, time);
        _written = time.GetTimestamp();
    }

    /// <summary>On standard error, if that is a terminal.</summary>
    public static ProgressLine OnStandardError()
    {
        const int UsualWidth = 80;
        var isTerminal = !Console.IsErrorRedirected
            && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        // The console knows the width of standard output's terminal only.
        var width = isTerminal && !Console.IsOutputRedirected && Console.WindowWidth > 0
            ? Console.WindowWidth
            : UsualWidth;
        return new ProgressLine(isTerminal ? Console.Error : null, width, TimeProvider.System);
    }

    /// <summary>Replaces the line, unless it was replaced a moment ago.</summary>
    public void Report(string line)
    {
        if (_terminal is null)
            return;
        lock (_gate)
        {
            if (_time.GetElapsedTime(_written) < MinInterval)
                return;
            _written = _time.GetTimestamp();
            Write(line);
        }
    }

    /// <summary>Removes the line, so that other output starts at the first column.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_length == 0)
                return;
            Write("");
            _terminal!.Write('\r');
        }
    }

    private void Write(string line)
    {
        // A line as wide as the terminal would wrap.
        var visible = line.Length < _width ? line : line[..(_width - 1)];
        _terminal!.Write($"\r{visible.PadRight(_length)}");
        _terminal.Flush();
        _length = visible.Length;
    }
}

using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture;

/// <summary>How lines of events and ladders look.</summary>
public sealed record LineStyle
{
    /// <summary>The min width of a line that has everything in it.</summary>
    private const int WideFrom = 140;

    /// <summary>Lines as a file or a pipe gets them: everything in one line, without colours.</summary>
    public static LineStyle Plain { get; } = new();

    /// <summary>Columns; 0 for any number, which puts everything into one line.</summary>
    public int Width { get; init; }

    /// <summary>Colours by severity, with ANSI escape sequences.</summary>
    public bool Colors { get; init; }

    /// <summary>The language of the sentences.</summary>
    public Language Language { get; init; }

    /// <summary>The addresses and ports in each line of an event.</summary>
    public bool Connection { get; init; } = true;

    /// <summary>From when the times of lines count.</summary>
    public MonotonicTime Start { get; init; }

    /// <summary>What each event changed, below it.</summary>
    public bool Changes { get; init; }

    /// <summary>The chain of causes of each retransmission, below it.</summary>
    public bool Causes { get; init; }

    /// <summary>
    /// All events. Without it: segments, losses, expired timers, begin and end of connections, the link, and gaps.
    /// </summary>
    public bool AllEvents { get; init; }

    /// <summary>The sentence has a line of its own.</summary>
    internal bool IsNarrow => Width is > 0 and < WideFrom;
}

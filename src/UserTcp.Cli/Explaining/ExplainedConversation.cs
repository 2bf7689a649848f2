using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Explaining;

/// <summary>A conversation of a capture, recorded by a stack or inferred from packets.</summary>
internal sealed record ExplainedConversation
{
    /// <summary>Its number in the capture, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The addresses; the local side is us.</summary>
    public required FourTuple Tuple { get; init; }

    /// <summary>We opened it.</summary>
    public required bool IsOpenedByUs { get; init; }

    /// <summary>The events are those of the stack; false when they are inferred.</summary>
    public required bool IsRecorded { get; init; }

    public required int SegmentCount { get; init; }

    /// <summary>Our last state.</summary>
    public required TcpState State { get; init; }

    /// <summary>The first packet, since 1970 (UTC); null when it is not known.</summary>
    public required TimeSpan? Start { get; init; }

    public required IReadOnlyList<Phrase> Summary { get; init; }

    /// <summary>Its events. Numbers of inferred ones are those of frames.</summary>
    public required IEnumerable<ExplainedEvent> Events { get; init; }
}

using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>A segment of the stack's, in a form that does not depend on the stack: numbers from both initial sequence numbers.</summary>
internal sealed record SentSegment(TcpFlags Flags, int Seq, int Ack, int Data)
{
    public bool HasZeroWindow { get; init; }

    public int? Mss { get; init; }

    /// <summary>A SYN with a window scale option. The scale itself is each stack's own business.</summary>
    public bool HasScale { get; init; }

    public bool IsDataWrong { get; init; }

    /// <summary>Blocks of text that the stack has out of order, from the peer's initial sequence number; the first may be a D-SACK.</summary>
    public string Sack { get; init; } = "";

    /// <summary>Which of the peer's timestamps it echoes; null without the option. Its own clock is each stack's business.</summary>
    public int? Echo { get; init; }

    /// <summary>A SYN that permits SACK.</summary>
    public bool PermitsSack { get; init; }

    /// <summary>Nothing but an acknowledgment.</summary>
    public bool IsBareAck => Flags == TcpFlags.Ack && Data == 0;

    public bool Matches(ExpectedSegment expected) =>
        Flags == expected.Flags && !IsDataWrong && Matches(expected.Seq, Seq) && Matches(expected.Ack, Ack)
        && Data == (expected.Data ?? 0) && (expected.HasZeroWindow ?? HasZeroWindow) == HasZeroWindow && Matches(expected.Mss, Mss)
        && (expected.HasScale ?? HasScale) == HasScale;

    public override string ToString() =>
        $"{StepFormat.FormatFlags(Flags)} seq={Seq}" + (Flags.HasFlag(TcpFlags.Ack) ? $" ack={Ack}" : "") + (Data > 0 ? $" text={Data}" : "")
        + (HasZeroWindow ? " win=0" : "") + (Mss is null ? "" : $" mss={Mss}") + (HasScale ? " ws" : "")
        + (PermitsSack ? " sackok" : "") + (Echo is null ? "" : $" echo={Echo}") + (Sack.Length == 0 ? "" : $" sack={Sack}") + (IsDataWrong ? " wrong text" : "");

    private static bool Matches(int? expected, int? actual) => expected is null || expected == actual;
}

/// <summary>What a stack did about one step: the result of a call, what it sent, and the state that the user sees then.</summary>
internal sealed record Answer(string? Result, IReadOnlyList<SentSegment> Sent, string State)
{
    public static readonly Answer None = new(null, [], "-");

    /// <summary>What it has sent without any numbers: "nothing", "ACK", "ACK text; FIN,ACK".</summary>
    public string Shape => Sent.Count == 0 ? "nothing" : string.Join("; ", Sent.Select(segment =>
        StepFormat.FormatFlags(segment.Flags) + (segment.Data > 0 ? " text" : "") + (segment.IsDataWrong ? " wrong" : "")));

    /// <summary>Neither a SYN nor a RST, nor wrong text.</summary>
    public bool IsOrdinary => Sent.All(segment => (segment.Flags & ~TcpFlags.Fin) == TcpFlags.Ack && !segment.IsDataWrong);

    public override string ToString() =>
        (Result is null ? "" : $"= {Result}; ") + (Sent.Count == 0 ? "nothing" : string.Join("; ", Sent)) + $" [{State}]";

    public bool IsLike(Answer other) => Result == other.Result && State == other.State && Sent.SequenceEqual(other.Sent);
}

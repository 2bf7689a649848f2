using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>A segment of a stack, normalised: numbers are relative to both initial sequence numbers.</summary>
internal sealed record SentSegment(TcpFlags Flags, int Seq, int Ack, int Data)
{
    public bool HasZeroWindow { get; init; }

    public int? Mss { get; init; }

    /// <summary>The SYN has a window scale option. The scale may differ.</summary>
    public bool HasScale { get; init; }

    public bool IsDataWrong { get; init; }

    /// <summary>SACK blocks, relative to the peer's initial sequence number; the first may be a D-SACK.</summary>
    public string Sack { get; init; } = "";

    /// <summary>The echoed timestamp; null without the option. TSval may differ.</summary>
    public int? Echo { get; init; }

    /// <summary>The SYN has SACK-permitted.</summary>
    public bool PermitsSack { get; init; }

    /// <summary>A pure ACK.</summary>
    public bool IsBareAck => Flags == TcpFlags.Ack && Data == 0;

    public bool Matches(ExpectedSegment expected) =>
        Flags == expected.Flags && !IsDataWrong && Matches(expected.Seq, Seq) && Matches(expected.Ack, Ack)
        && Data == (expected.Data ?? 0) && (expected.HasZeroWindow ?? HasZeroWindow) == HasZeroWindow
        && Matches(expected.Mss, Mss) && (expected.HasScale ?? HasScale) == HasScale;

    public override string ToString() =>
        $"{StepFormat.FormatFlags(Flags)} seq={Seq}" + (Flags.HasFlag(TcpFlags.Ack) ? $" ack={Ack}" : "")
        + (Data > 0 ? $" data={Data}" : "")
        + (HasZeroWindow ? " win=0" : "") + (Mss is null ? "" : $" mss={Mss}") + (HasScale ? " ws" : "")
        + (PermitsSack ? " sackok" : "") + (Echo is null ? "" : $" echo={Echo}")
        + (Sack.Length == 0 ? "" : $" sack={Sack}") + (IsDataWrong ? " wrong data" : "");

    private static bool Matches(int? expected, int? actual) => expected is null || expected == actual;
}

/// <summary>
/// A stack's answer to a step: the result of a call, the sent segments, and the state of the socket afterwards.
/// </summary>
internal sealed record Answer(string? Result, IReadOnlyList<SentSegment> Sent, string State)
{
    public static readonly Answer None = new(null, [], "-");

    /// <summary>The sent segments without numbers: "nothing", "ACK", "ACK data; FIN,ACK".</summary>
    public string Shape => Sent.Count == 0 ? "nothing" : string.Join("; ", Sent.Select(segment =>
        StepFormat.FormatFlags(segment.Flags) + (segment.Data > 0 ? " data" : "")
        + (segment.IsDataWrong ? " wrong" : "")));

    /// <summary>Neither a SYN nor a RST, nor wrong data.</summary>
    public bool IsOrdinary =>
        Sent.All(segment => (segment.Flags & ~TcpFlags.Fin) == TcpFlags.Ack && !segment.IsDataWrong);

    public override string ToString() =>
        (Result is null ? "" : $"= {Result}; ")
        + (Sent.Count == 0 ? "nothing" : string.Join("; ", Sent)) + $" [{State}]";

    public bool IsLike(Answer other) =>
        Result == other.Result && State == other.State && Sent.SequenceEqual(other.Sent);
}

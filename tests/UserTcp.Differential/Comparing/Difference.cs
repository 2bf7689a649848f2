using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>A step at which the stacks differ.</summary>
/// <param name="Step">The step.</param>
/// <param name="Before">The situation before it.</param>
/// <param name="After">The situation after it.</param>
/// <param name="Place">The position of the step's segment; null for a call.</param>
/// <param name="Engine">The engine's answer.</param>
/// <param name="Linux">Linux's answer.</param>
/// <param name="IsWindowShrunk">A segment has shrunk the peer's window, but not to zero.</param>
/// <param name="LargestWindow">The max window that the peer has offered outside its SYN before the step.</param>
/// <param name="HasOldAck">A segment had an ACK below SND.UNA.</param>
internal sealed record Difference(Step Step, Situation Before, Situation After, Place? Place, Answer Engine,
    Answer Linux, bool IsWindowShrunk, uint LargestWindow, bool HasOldAck)
{
    /// <summary>
    /// Equal for differences with probably the same cause: it has positions relative to the edges instead of numbers.
    /// </summary>
    public string Kind =>
        $"{Before.State}{(Before.HasSocket ? "" : " (no socket)")} | {StepKind()} | {KindOf(Engine)} | {KindOf(Linux)}";

    /// <summary>The injected segment; null for other steps.</summary>
    public InjectStep? Inject => Step as InjectStep;

    /// <summary>Only the sent segments differ.</summary>
    public bool IsStateSame => Engine.State == Linux.State && Engine.Result == Linux.Result;

    /// <summary>Only the amount of sent data, or the FIN, differs.</summary>
    public bool IsAboutData => IsStateSame && Engine.IsOrdinary && Linux.IsOrdinary;

    public override string ToString() => $"{Step} [{Before.State}]\n  engine {Engine}\n  linux  {Linux}";

    private string StepKind()
    {
        if (Step is CallStep call)
            return $"call {call.Call}";
        if (Step is not InjectStep inject || Place is not { } place)
            return "wait";
        var seq = place.Seq == 0 ? "nxt" : place.Seq < 0 ? "old" : place.Seq >= Before.Window ? "beyond" : "inside";
        var ack = place.Ack == 0 ? "all" : place.Ack > 0 ? "beyond" : place.Ack >= -Before.Flight ? "some" : "old";
        var flags = StepFormat.FormatFlags(inject.Flags & ~TcpFlags.Psh) + (inject.Data > 0 ? " data" : "");
        return inject.Flags.HasFlag(TcpFlags.Ack) ? $"{flags} seq {seq} ack {ack}" : $"{flags} seq {seq}";
    }

    private static string KindOf(Answer answer) =>
        $"{(answer.Result is { } result && !char.IsAsciiDigit(result[0]) ? result + " " : "")}{answer.Shape} "
        + $"[{answer.State}]";
}

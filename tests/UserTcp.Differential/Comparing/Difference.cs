using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>A step at which the stacks differ.</summary>
/// <param name="Step">The step.</param>
/// <param name="Before">Where the connection was before it.</param>
/// <param name="After">Where it is after it.</param>
/// <param name="Place">Where the step's segment lies; nowhere for a call.</param>
/// <param name="Engine">The engine's answer.</param>
/// <param name="Linux">Linux's answer.</param>
/// <param name="IsWindowShrunk">A segment has made the peer's window smaller, but not zero, than the one before had it.</param>
/// <param name="LargestWindow">The largest window that the peer has offered before the step, its SYN's apart.</param>
/// <param name="HasOldAck">A segment has had an ACK below SND.UNA.</param>
internal sealed record Difference(Step Step, Situation Before, Situation After, Place? Place, Answer Engine,
    Answer Linux, bool IsWindowShrunk, uint LargestWindow, bool HasOldAck)
{
    /// <summary>The same for differences of which one explanation is likely to do: no numbers, only on which side of what matters they lie.</summary>
    public string Kind => $"{Before.State}{(Before.HasSocket ? "" : " (no socket)")} | {StepKind()} | {KindOf(Engine)} | {KindOf(Linux)}";

    /// <summary>The segment of the step, if it is one.</summary>
    public InjectStep? Inject => Step as InjectStep;

    /// <summary>They differ only in what they have sent.</summary>
    public bool IsStateSame => Engine.State == Linux.State && Engine.Result == Linux.Result;

    /// <summary>They differ only in whether, or how much, text and FIN they have sent.</summary>
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
        var flags = StepFormat.FormatFlags(inject.Flags & ~TcpFlags.Psh) + (inject.Data > 0 ? " text" : "");
        return inject.Flags.HasFlag(TcpFlags.Ack) ? $"{flags} seq {seq} ack {ack}" : $"{flags} seq {seq}";
    }

    private static string KindOf(Answer answer) =>
        $"{(answer.Result is { } result && !char.IsAsciiDigit(result[0]) ? result + " " : "")}{answer.Shape} [{answer.State}]";
}

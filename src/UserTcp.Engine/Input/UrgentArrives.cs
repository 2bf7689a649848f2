using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Sixth step: the URG bit (RFC 9293 sections 3.10.7.4 and 3.8.5). Urgent text stays in line with the rest; its user is told that
/// there is some (MUST-32) and how much of it is to come (MUST-33). The pointer is a mark and indexes nothing.
/// </summary>
internal static class UrgentArrives
{
    public static void Handle(EngineState engine, Tcb tcb, in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Urg) || tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return;
        // MUST-62: the pointer points behind the urgent text.
        var up = segment.Seq + segment.UrgentPointer;
        var consumed = tcb.Rcv.Nxt - tcb.Rcv.Held;
        if (up <= (tcb.Rcv.Up ?? consumed))
            return;
        tcb.Rcv.Up = up;
        engine.Events.Raise(tcb, EngineEvents.Urgent);
    }
}

using System.Diagnostics;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// All state transitions (RFC 9293 section 3.3.2, figure 5, and section 3.10). Besides these, RST, ABORT and the
/// give-up time lead from any state to CLOSED.
/// </summary>
public static class Transitions
{
    private static readonly (TcpState From, TcpState To)[] Edges =
    [
        (TcpState.Closed, TcpState.Listen),             // passive OPEN
        (TcpState.Closed, TcpState.SynSent),            // active OPEN: send SYN
        (TcpState.Listen, TcpState.SynReceived),        // receive SYN: send SYN,ACK
        (TcpState.SynSent, TcpState.SynReceived),       // receive SYN: send SYN,ACK (simultaneous open)
        (TcpState.SynSent, TcpState.Established),       // receive SYN,ACK: send ACK
        (TcpState.SynReceived, TcpState.Established),   // receive ACK of SYN
        (TcpState.SynReceived, TcpState.FinWait1),      // CLOSE: send FIN; entered with the ACK of SYN
        (TcpState.Established, TcpState.FinWait1),      // CLOSE: send FIN
        (TcpState.Established, TcpState.CloseWait),     // receive FIN: send ACK
        (TcpState.FinWait1, TcpState.FinWait2),         // receive ACK of FIN
        (TcpState.FinWait1, TcpState.Closing),          // receive FIN: send ACK
        (TcpState.FinWait1, TcpState.TimeWait),         // receive FIN and ACK of FIN in one segment (note 2)
        (TcpState.FinWait2, TcpState.TimeWait),         // receive FIN: send ACK
        (TcpState.CloseWait, TcpState.LastAck),         // CLOSE: send FIN
        (TcpState.Closing, TcpState.TimeWait),          // receive ACK of FIN
        (TcpState.LastAck, TcpState.Closed),            // receive ACK of FIN
        (TcpState.TimeWait, TcpState.Closed),           // 2 MSL
        (TcpState.TimeWait, TcpState.SynReceived),      // receive new SYN (MAY-2)
    ];

    private static readonly bool[] Table = BuildTable();

    private static int StateCount => (int)TcpState.TimeWait + 1;

    /// <summary>True when a transition from one state to the other is legal, or when they are the same.</summary>
    public static bool IsLegal(TcpState from, TcpState to) =>
        from == to || to == TcpState.Closed || Table[((int)from * StateCount) + (int)to];

    /// <summary>Changes a connection's state. Only this method does.</summary>
    internal static void Move(Tcb tcb, TcpState to)
    {
        Debug.Assert(IsLegal(tcb.State, to), $"{tcb.State} to {to} is not in RFC 9293 figure 5");
        tcb.State = to;
    }

    private static bool[] BuildTable()
    {
        var table = new bool[StateCount * StateCount];
        foreach (var (from, to) in Edges)
            table[((int)from * StateCount) + (int)to] = true;
        return table;
    }
}

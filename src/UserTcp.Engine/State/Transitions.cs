using System.Diagnostics;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>One change of state.</summary>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Trigger">What causes it, and after a slash what is sent: "receive FIN / send ACK".</param>
public readonly record struct Transition(TcpState From, TcpState To, string Trigger);

/// <summary>
/// All state transitions (RFC 9293 section 3.3.2, figure 5, and section 3.10). Besides these, RST, ABORT and the
/// give-up time lead from any state to CLOSED.
/// </summary>
public static class Transitions
{
    /// <summary>The table of figure 5, in the order in which a connection lives.</summary>
    public static IReadOnlyList<Transition> All { get; } =
    [
        new(TcpState.Closed, TcpState.Listen, "passive OPEN"),
        new(TcpState.Closed, TcpState.SynSent, "active OPEN / send SYN"),
        new(TcpState.Listen, TcpState.SynReceived, "receive SYN / send SYN,ACK"),
        // A simultaneous open.
        new(TcpState.SynSent, TcpState.SynReceived, "receive SYN / send SYN,ACK"),
        new(TcpState.SynSent, TcpState.Established, "receive SYN,ACK / send ACK"),
        new(TcpState.SynReceived, TcpState.Established, "receive ACK of SYN"),
        // Entered with the ACK of the SYN.
        new(TcpState.SynReceived, TcpState.FinWait1, "CLOSE / send FIN"),
        new(TcpState.Established, TcpState.FinWait1, "CLOSE / send FIN"),
        new(TcpState.Established, TcpState.CloseWait, "receive FIN / send ACK"),
        new(TcpState.FinWait1, TcpState.FinWait2, "receive ACK of FIN"),
        new(TcpState.FinWait1, TcpState.Closing, "receive FIN / send ACK"),
        // Note 2 of the figure: one segment has both.
        new(TcpState.FinWait1, TcpState.TimeWait, "receive FIN, ACK of FIN / send ACK"),
        new(TcpState.FinWait2, TcpState.TimeWait, "receive FIN / send ACK"),
        new(TcpState.CloseWait, TcpState.LastAck, "CLOSE / send FIN"),
        new(TcpState.Closing, TcpState.TimeWait, "receive ACK of FIN"),
        new(TcpState.LastAck, TcpState.Closed, "receive ACK of FIN"),
        new(TcpState.TimeWait, TcpState.Closed, "2 MSL"),
        // MAY-2.
        new(TcpState.TimeWait, TcpState.SynReceived, "receive new SYN / send SYN,ACK"),
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
        foreach (var (from, to, _) in All)
            table[((int)from * StateCount) + (int)to] = true;
        return table;
    }
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>Whether a listener takes another peer, and whether it keeps state for one that has not proved its address (RFC 4987).</summary>
internal static class Admission
{
    /// <summary>A verified peer could be accepted now: the accept queue and the connection limit have room.</summary>
    public static bool HasRoomToAccept(EngineCore core, Listener listener) =>
        listener.Accepted.Count < listener.Backlog && core.Connections.Count < core.Options.MaxConnections;

    /// <summary>Another half-open entry would be beyond a limit.</summary>
    public static bool IsFull(EngineCore core, Listener listener) =>
        listener.HalfOpen >= core.Options.MaxHalfOpen || core.ConnectionCount >= core.Options.MaxConnections;

    /// <summary>
    /// A SYN that opens over TIME-WAIT is always answered by an entry: its ISS has to lie beyond the old connection's numbers (RFC 9293 section
    /// 3.6.1), which a cookie cannot. There may be as many such entries again as of the others.
    /// </summary>
    public static bool HasRoomForSuccessor(EngineCore core, Listener listener) => core.Options.SynCookies == SynCookieMode.Never
        ? !IsFull(core, listener)
        : listener.HalfOpen < 2L * core.Options.MaxHalfOpen && core.ConnectionCount < core.Options.MaxConnections;

    /// <summary>New SYNs of strangers are answered without state.</summary>
    public static bool UsesCookies(EngineCore core, Listener listener) => core.Options.SynCookies switch
    {
        SynCookieMode.Never => false,
        SynCookieMode.Always => true,
        _ => IsUnderPressure(core, listener),
    };

    /// <summary>
    /// The SYN,ACK of a half-open connection is not retransmitted now: whoever spoofs SYNs would have each answered several times. A peer
    /// that is there repeats its SYN, and is answered.
    /// </summary>
    public static bool WithholdsSynAck(EngineCore core, Tcb tcb) =>
        core.Options.SynCookies != SynCookieMode.Never && tcb is { State: TcpState.SynReceived, Listener: { } listener, IsOpenEarly: false } &&
        IsUnderPressure(core, listener);

    /// <summary>Makes room for a verified peer in the connection limit: the half-open connection whose deadline is next gives way.</summary>
    public static void MakeRoom(EngineCore core)
    {
        if (core.ConnectionCount >= core.Options.MaxConnections && core.HalfOpen.Count > 0)
            core.Delete(SynQueue.Unpark(core, core.HalfOpen.First), EngineError.TimedOut);
    }

    private static bool IsUnderPressure(EngineCore core, Listener listener) => IsFull(core, listener) || core.Memory.IsUnderPressure;
}

using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>Whether a listener takes another peer, and whether it keeps state for one that has not proved its address (RFC 4987).</summary>
internal static class Admission
{
    /// <summary>A verified peer could be accepted now: the accept queue and the connection limit have room.</summary>
    public static bool HasRoomToAccept(EngineState engine, Listener listener) =>
        listener.Accepted.Count < listener.Backlog && engine.Connections.Count < engine.Options.MaxConnections;

    /// <summary>Another half-open entry would be beyond a limit.</summary>
    public static bool IsFull(EngineState engine, Listener listener) =>
        listener.HalfOpen >= engine.Options.MaxHalfOpen || engine.ConnectionCount >= engine.Options.MaxConnections;

    /// <summary>
    /// A SYN that opens over TIME-WAIT is always answered by an entry: its ISS has to lie beyond the old connection's numbers (RFC 9293 section
    /// 3.6.1), which a cookie cannot. There may be as many such entries again as of the others.
    /// </summary>
    public static bool HasRoomForSuccessor(EngineState engine, Listener listener) => engine.Options.SynCookies == SynCookieMode.Never
        ? !IsFull(engine, listener)
        : listener.HalfOpen < 2L * engine.Options.MaxHalfOpen && engine.ConnectionCount < engine.Options.MaxConnections;

    /// <summary>New SYNs of strangers are answered without state.</summary>
    public static bool UsesCookies(EngineState engine, Listener listener) => engine.Options.SynCookies switch
    {
        SynCookieMode.Never => false,
        SynCookieMode.Always => true,
        _ => IsUnderPressure(engine, listener),
    };

    /// <summary>
    /// The SYN,ACK of a half-open connection is not retransmitted now: whoever spoofs SYNs would have each answered several times. A peer
    /// that is there repeats its SYN, and is answered.
    /// </summary>
    public static bool WithholdsSynAck(EngineState engine, Tcb tcb) =>
        engine.Options.SynCookies != SynCookieMode.Never && tcb is { State: TcpState.SynReceived, Listener: { } listener, IsOpenEarly: false } &&
        IsUnderPressure(engine, listener);

    /// <summary>Makes room for a verified peer in the connection limit: the half-open connection whose deadline is next gives way.</summary>
    public static void MakeRoom(EngineState engine)
    {
        if (engine.ConnectionCount >= engine.Options.MaxConnections && engine.HalfOpen.Count > 0)
            Lifecycle.Delete(engine, SynQueue.Unpark(engine, engine.HalfOpen.First), EngineError.TimedOut);
    }

    private static bool IsUnderPressure(EngineState engine, Listener listener) => IsFull(engine, listener) || engine.Memory.IsUnderPressure;
}
